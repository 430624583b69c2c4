package bench

import (
	"bytes"
	"fmt"
	"strconv"
	"sync"
	"time"
)

// textBytes is the length of each message's text; the webhook that tells of it
// then has about 600 bytes.
const textBytes = 300

// sends is a load of group messages.
type sends struct {
	groups []string
	from   []string
	filler string

	// keep says that acknowledgements are kept, for comparison with webhooks.
	keep bool
	mu   sync.Mutex // guards acks
	acks map[messageKey]time.Time
}

// messageKey names a message of a group.
type messageKey struct {
	group string
	seq   int64
}

func newSends(groups, from []string, keep bool) *sends {
	return &sends{groups: groups, from: from, filler: string(bytes.Repeat([]byte("x"), textBytes)), acks: make(map[messageKey]time.Time), keep: keep}
}

// group is the one that a sender's nth message goes to: each sender goes
// through all groups, beginning at another one.
func (s *sends) group(sender, n int) string { return s.groups[(sender+n)%len(s.groups)] }

func (s *sends) next(sender, n int) []byte {
	random := uint32(sender)<<24 | uint32(n)
	return fmt.Appendf(nil, `{"GroupId":%q,"Random":%d,"From_Account":%q,"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"%d %d %s"}}]}`,
		s.group(sender, n), random, s.from[sender%len(s.from)], sender, n, s.filler)
}

func (s *sends) done(sender, n int, answer []byte, at time.Time) error {
	seq, err := number(answer, `"MsgSeq":`)
	if err != nil {
		return fmt.Errorf("a send was refused: %s", answer)
	}
	if !s.keep {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.acks[messageKey{s.group(sender, n), seq}] = at
	return nil
}

// number reads the integer behind name in an answer.
func number(answer []byte, name string) (int64, error) {
	i := bytes.Index(answer, []byte(name))
	if i < 0 {
		return 0, fmt.Errorf("no %s", name)
	}
	rest := answer[i+len(name):]
	n := 0
	for n < len(rest) && rest[n] >= '0' && rest[n] <= '9' {
		n++
	}
	return strconv.ParseInt(string(rest[:n]), 10, 64)
}
