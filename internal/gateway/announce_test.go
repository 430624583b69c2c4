package gateway_test

import (
	"fmt"
	"testing"

	"github.com/parley-im/parley/internal/chat"
)

// TestManyAnnouncements: what waits for the pushes is pushed, however much it is.
func TestManyAnnouncements(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.set(func(s *chat.Settings) { s.GroupRate = 0 })
	f.group("g", "bob")
	f.close()
	f.open()
	bob := f.login("bob")
	var texts []string
	for i := range 200 {
		texts = append(texts, fmt.Sprint(i))
		f.say("g", "alice", texts[i])
	}
	f.run()
	hears(f, bob, texts...)
}
