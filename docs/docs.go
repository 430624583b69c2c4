// Package docs holds the description of the API for machines, which the server
// serves beside the API itself. Everything else in this directory is for people.
package docs

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // openapi.json
	"encoding/hex"
	"net/http"
	"time"
)

//go:embed openapi.json
var openAPI []byte

var openAPITag = func() string {
	sum := sha256.Sum256(openAPI)
	return `"` + hex.EncodeToString(sum[:16]) + `"`
}()

// ServeOpenAPI answers with the description in the form of OpenAPI 3.1. Pages of
// other origins may read it, and who has it already gets 304.
func ServeOpenAPI(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Access-Control-Allow-Origin", "*")
	header.Set("Cache-Control", "no-cache") // ask whether it has changed
	header.Set("ETag", openAPITag)
	http.ServeContent(w, r, "openapi.json", time.Time{}, bytes.NewReader(openAPI))
}
