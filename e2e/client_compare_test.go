package e2e_test

import (
	"fmt"
	"slices"

	"github.com/parley-im/parley/internal/testkit"
)

// compare reports what the actor lacks or has too much of what was said in groups.
// Tips tell when he was a member.
func (a *actor) compare(groups map[string][]testkit.GroupItem) []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var faults []string
	fault := func(format string, args ...any) {
		faults = append(faults, a.user+" "+fmt.Sprintf(format, args...))
	}
	for id, items := range groups {
		g, member, since := a.group(id), a.founder, int64(0)
		for i := range items {
			item := &items[i]
			if tip := item.Tip(); item.Event == tipEvent && slices.Contains(tip.ListAccount, a.user) {
				switch tip.OpType {
				case tipJoined:
					member, since = true, item.MsgSeq
				case tipQuit, tipRemoved:
					member = false
				}
			}
			known, heard := g.items[item.MsgSeq]
			switch {
			case member && !heard:
				fault("never saw %s %d (%.20q of %s), a member since %d; it holds up to %d", id, item.MsgSeq, item.Text(), item.FromAccount, since, g.last)
			case !member && heard:
				fault("saw %s %d (%.20q of %s), and was no member", id, item.MsgSeq, item.Text(), item.FromAccount)
			case heard && known != (identity{item.FromAccount, id, item.MsgRandom, item.MsgSeq, item.MsgTimeStamp}):
				fault("has %s %d as %+v, and it is %+v", id, item.MsgSeq, known, item)
			case item.FromAccount == a.user && item.Text() != g.own[item.MsgSeq]:
				fault("is said to have said %q as %s %d, and said %q", item.Text(), id, item.MsgSeq, g.own[item.MsgSeq])
			}
		}
		for seq := range g.items {
			if seq > int64(len(items)) {
				fault("has %s %d, and there are %d", id, seq, len(items))
			}
		}
	}
	return faults
}

// comparePairs reports what the actor lacks or has too much of what others told it.
func (a *actor) comparePairs(others []*actor) []string {
	var faults []string
	for _, from := range others {
		from.mu.Lock()
		sent := slices.Clone(from.sent[a.user])
		from.mu.Unlock()
		a.mu.Lock()
		count := make(map[string]int)
		if p := a.pairs[from.user]; p != nil {
			for _, text := range p.items {
				count[text]++
			}
		}
		a.mu.Unlock()
		for _, text := range sent {
			if n := count[text]; n != 1 {
				faults = append(faults, fmt.Sprintf("%s saw %.20q of %s %d times", a.user, text, from.user, n))
			}
			delete(count, text)
		}
		for text, n := range count {
			faults = append(faults, fmt.Sprintf("%s saw %.20q of %s %d times, which was not acknowledged", a.user, text, from.user, n))
		}
	}
	slices.Sort(faults)
	return faults
}
