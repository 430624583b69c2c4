package testkit

import "sync"

// maxLog is how much of a server's output is kept, in bytes.
const maxLog = 1 << 20

// tail keeps the end of what is written to it.
type tail struct {
	mu   sync.Mutex // guards text
	text []byte
}

// Write keeps p.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	if len(t.text) > 2*maxLog {
		t.text = append([]byte(nil), t.text[len(t.text)-maxLog:]...)
	}
	return len(p), nil
}

// last returns the last n bytes.
func (t *tail) last(n int) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.text[max(len(t.text)-n, 0):])
}
