package docs_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/parley-im/parley/docs"
)

func TestServeOpenAPI(t *testing.T) {
	t.Parallel()
	get := func(etag string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/openapi.json", nil)
		if etag != "" {
			r.Header.Set("If-None-Match", etag)
		}
		w := httptest.NewRecorder()
		docs.ServeOpenAPI(w, r)
		return w
	}

	first := get("")
	var described struct {
		OpenAPI string `json:"openapi"`
	}
	if err := json.Unmarshal(first.Body.Bytes(), &described); err != nil {
		t.Fatal(err)
	}
	if got, want := described.OpenAPI, "3.1.0"; got != want {
		t.Errorf("openapi is %q, want %q", got, want)
	}
	if got, want := first.Header().Get("Content-Type"), "application/json"; got != want {
		t.Errorf("content type is %q, want %q", got, want)
	}
	if again := get(first.Header().Get("ETag")); again.Code != http.StatusNotModified || again.Body.Len() > 0 {
		t.Errorf("who has it gets %d with %d bytes, want 304 with none", again.Code, again.Body.Len())
	}
}
