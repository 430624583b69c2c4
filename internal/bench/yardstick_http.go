package bench

import (
	"io"
	"net/http"
)

// maxPosted bounds what yardstick handlers read.
const maxPosted = 64 << 10

// Empty is the yardstick for HTTP alone: it reads the request and answers what
// a send is answered.
func Empty() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, io.LimitReader(r.Body, maxPosted)); err != nil {
			return
		}
		answerSend(w, 1)
	})
}
