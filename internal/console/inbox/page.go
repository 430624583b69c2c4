package inbox

import (
	"crypto/sha256"
	_ "embed" // the parts of the page
	"encoding/base64"
	"io"
	"net/http"
	"strings"
)

var (
	//go:embed page.html
	pageHTML string
	//go:embed page.css
	pageStyle string
	//go:embed page.js
	pageScript string
)

// page is the whole page, which is the same for every inbox: it learns the name
// from its address and all else from the stream.
var page = strings.NewReplacer("{style}", pageStyle, "{script}", pageScript).Replace(pageHTML)

// pagePolicy lets the page run its own script, use its own style and talk to its
// own server, and nothing else. Nothing may turn text into markup or script.
var pagePolicy = strings.Join([]string{
	"default-src 'none'",
	"script-src " + hashSource(pageScript),
	"style-src " + hashSource(pageStyle),
	"connect-src 'self'",
	"img-src data:",
	"base-uri 'none'",
	"form-action 'none'",
	"frame-ancestors 'none'",
	"require-trusted-types-for 'script'",
	"trusted-types 'none'",
}, "; ")

// hashSource names an inline part of a page in a policy.
func hashSource(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

func writePage(w http.ResponseWriter) {
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", pagePolicy)
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "no-store")
	_, _ = io.WriteString(w, page) // the browser is gone
}
