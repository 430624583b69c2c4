package inbox

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

func TestPagePolicyCoversThePage(t *testing.T) {
	t.Parallel()
	_, url := opened(t, Options{})
	status, header, text := do(t, http.MethodGet, url, "", "Accept", "text/html")
	if status != http.StatusOK {
		t.Fatalf("status: got %d", status)
	}
	policy := header.Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "connect-src 'self'", "require-trusted-types-for 'script'"} {
		if !strings.Contains(policy, part) {
			t.Errorf("the policy lacks %s: %s", part, policy)
		}
	}
	for _, tag := range []string{"script", "style"} {
		inline := regexp.MustCompile(`(?s)<`+tag+`>(.*?)</`+tag+`>`).FindAllStringSubmatch(text, -1)
		if len(inline) != 1 {
			t.Fatalf("%d elements %s, want 1", len(inline), tag)
		}
		sum := sha256.Sum256([]byte(inline[0][1]))
		if want := tag + "-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(policy, want) {
			t.Errorf("the policy lacks %s: %s", want, policy)
		}
	}
}

// TestPageIsSelfContained holds the two promises that a reviewer cannot see at a
// glance: nothing is loaded from elsewhere, and nothing turns text into markup.
func TestPageIsSelfContained(t *testing.T) {
	t.Parallel()
	for _, forbidden := range []string{
		"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "srcdoc",
		"src=", "@import", "url(", "style=", "onclick=", "<link rel=\"stylesheet",
	} {
		if strings.Contains(page, forbidden) {
			t.Errorf("the page contains %s", forbidden)
		}
	}
	outside := regexp.MustCompile(`https?://[^"'\s)]+`).FindAllString(page, -1)
	for _, address := range outside {
		if address != "http://www.w3.org/2000/svg" { // the name of a namespace
			t.Errorf("the page names %s", address)
		}
	}
}

func TestPageExplainsReplies(t *testing.T) {
	t.Parallel()
	for _, parameter := range []string{"reply_code", "reply_info", "reply_status", "reply_delay"} {
		if !strings.Contains(pageHTML, parameter) {
			t.Errorf("the page says nothing about %s", parameter)
		}
	}
}

func TestPageForHead(t *testing.T) {
	t.Parallel()
	_, url := opened(t, Options{})
	status, header, _ := do(t, http.MethodHead, url+"?stream", "")
	if status != http.StatusOK || !strings.HasPrefix(header.Get("Content-Type"), "text/html") {
		t.Errorf("got %d, %s", status, header.Get("Content-Type"))
	}
}
