package console

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestGuard(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		token  string
		header string
		want   int
	}{
		{"the token", "secret", "Bearer secret", http.StatusNoContent},
		{"scheme in lower case", "secret", "bearer secret", http.StatusNoContent},
		{"no header", "secret", "", http.StatusUnauthorized},
		{"another token", "secret", "Bearer secreT", http.StatusUnauthorized},
		{"beginning of the token", "secret", "Bearer secre", http.StatusUnauthorized},
		{"no token", "secret", "Bearer", http.StatusUnauthorized},
		{"another scheme", "secret", "Basic secret", http.StatusUnauthorized},
		{"server without token", "", "Bearer ", http.StatusUnauthorized},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			inside := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
			w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/admin/v1/apps", nil)
			if test.header != "" {
				r.Header.Set("Authorization", test.header)
			}
			New(Options{Token: test.token}).guard(inside).ServeHTTP(w, r)
			if w.Code != test.want {
				t.Errorf("got %d, want %d", w.Code, test.want)
			}
			if w.Code != http.StatusUnauthorized {
				return
			}
			if kind := w.Header().Get("Content-Type"); !strings.HasPrefix(kind, "text/plain") || len(w.Body.String()) < 20 {
				t.Errorf("got %s %q, want a reason in plain text", kind, w.Body)
			}
			if strings.Contains(w.Body.String(), "secret") {
				t.Errorf("the reason tells the token: %s", w.Body)
			}
		})
	}
}

func TestEverythingIsGuarded(t *testing.T) {
	t.Parallel()
	c := New(Options{Token: token})
	for _, route := range c.routes() {
		method, path, _ := strings.Cut(route.pattern, " ")
		w := httptest.NewRecorder()
		c.Handler().ServeHTTP(w, httptest.NewRequest(method, path, nil))
		if w.Code != http.StatusUnauthorized {
			t.Errorf("%s: got %d without a token, want 401", route.pattern, w.Code)
		}
	}
}
