package policy

import (
	"context"
	"encoding/binary"
	"time"

	"github.com/parley-im/parley/internal/bus"
	"github.com/parley-im/parley/internal/chat"
)

const (
	// noteInterval is how often nodes tell each other what they let pass.
	noteInterval = 100 * time.Millisecond
	// notePause is the least time between two tellings, when some are urgent.
	notePause = 2 * time.Millisecond
	// maxNotes bounds what is told at once of each kind of limit.
	maxNotes = 8192
	// maxNoteBytes bounds one message of notes.
	maxNoteBytes = 32 << 10
	// maxNotedName is the longest name that is told. Those of the protocol are shorter.
	maxNotedName = 1024
)

// subject is where notes are published; its end is the version of their form.
const subject = "limits.1"

// kinds are the limiters by the numbers that they have in notes.
func (g *Guard) kinds() []*Limiter[countKey] {
	return []*Limiter[countKey]{g.groups, g.seconds, g.hours, g.commands, g.attributes, g.extensions, g.relays}
}

// Run holds the limits together with the guards of other nodes until ctx ends. Over
// the nodes, a limit may be exceeded in one window by what the others let pass before
// they heard of it: they hear at most 100 ms and the time on the network later, and
// within milliseconds of a quarter of the limit. While the bus is not connected each
// node holds the limits alone, and so does a guard that has no bus.
func (g *Guard) Run(ctx context.Context, b *bus.Bus) error {
	if b == nil {
		return nil
	}
	hear := b.Listen(func(_ string, data []byte) { g.hear(data) }, func(time.Time) {})
	defer hear.Close()
	hurry := make(chan struct{}, 1)
	for _, l := range g.kinds() {
		l.Share(func() {
			select {
			case hurry <- struct{}{}:
			default: // it is about to be told
			}
		})
	}
	if err := hear.Add(subject); err != nil {
		return err
	}
	regular := time.NewTicker(noteInterval)
	defer regular.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-regular.C:
		case <-hurry:
		}
		if b.Connected() {
			g.tell(func(data []byte) { b.Publish(subject, data) })
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(notePause):
		}
	}
}

// tell publishes what other nodes have not heard yet.
func (g *Guard) tell(publish func([]byte)) {
	var data []byte
	for kind, l := range g.kinds() {
		for _, n := range l.Notes(maxNotes) {
			if len(n.Key.name) > maxNotedName {
				continue
			}
			data = appendNote(data, kind, n)
			if len(data) >= maxNoteBytes {
				publish(data)
				data = nil
			}
		}
	}
	if len(data) > 0 {
		publish(data)
	}
}

// hear counts what another node has told.
func (g *Guard) hear(data []byte) {
	kinds := g.kinds()
	for len(data) > 0 {
		kind, n, rest, ok := readNote(data)
		if !ok || kind >= uint64(len(kinds)) {
			return
		}
		kinds[kind].Add(n)
		data = rest
	}
}

func appendNote(data []byte, kind int, n Note[countKey]) []byte {
	for _, number := range [...]uint64{uint64(kind), uint64(n.Key.app), uint64(n.Limit), uint64(n.Count), uint64(n.Age), uint64(len(n.Key.name))} {
		data = binary.AppendUvarint(data, number)
	}
	return append(data, n.Key.name...)
}

func readNote(data []byte) (kind uint64, n Note[countKey], rest []byte, ok bool) {
	var numbers [6]uint64
	for i := range numbers {
		number, size := binary.Uvarint(data)
		if size <= 0 {
			return 0, n, nil, false
		}
		numbers[i], data = number, data[size:]
	}
	length := numbers[5]
	if length > maxNotedName || length > uint64(len(data)) {
		return 0, n, nil, false
	}
	n = Note[countKey]{
		Key:   countKey{chat.SDKAppID(numbers[1]), string(data[:length])},
		Limit: int(numbers[2]), Count: int(numbers[3]), Age: time.Duration(numbers[4]),
	}
	return numbers[0], n, data[length:], true
}
