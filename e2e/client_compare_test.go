package e2e_test

import (
	"fmt"
	"slices"

	"github.com/parley-im/parley/internal/testkit"
)

// groupSaid is all that was said in a group, from number 1 on, and who came and went.
type groupSaid struct {
	id    string
	items []testkit.GroupItem
	// came and left have the users for the numbers of the tips that tell of them.
	came, left map[int64][]string
	// visitors are all of them.
	visitors map[string]bool
}

func newGroupSaid(id string, items []testkit.GroupItem) *groupSaid {
	g := &groupSaid{id: id, items: items, came: make(map[int64][]string), left: make(map[int64][]string), visitors: make(map[string]bool)}
	for i := range items {
		if items[i].Event != tipEvent {
			continue
		}
		tip := items[i].Tip()
		switch tip.OpType {
		case tipJoined:
			g.came[items[i].MsgSeq] = tip.ListAccount
			for _, user := range tip.ListAccount {
				g.visitors[user] = true
			}
		case tipQuit, tipRemoved:
			g.left[items[i].MsgSeq] = tip.ListAccount
		}
	}
	return g
}

// compare reports what the actor lacks or has too much of what was said in groups.
func (a *actor) compare(groups []*groupSaid) (faults []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, g := range groups {
		if heard := a.groups[g.id]; heard != nil || a.founder || g.visitors[a.user] {
			faults = append(faults, a.compareGroup(g, a.group(g.id))...)
		}
	}
	return faults
}

// compareGroup is compare for one group. a.mu is held.
func (a *actor) compareGroup(g *groupSaid, heard *groupHeard) (faults []string) {
	fault := func(format string, args ...any) {
		faults = append(faults, a.user+" "+fmt.Sprintf(format, args...))
	}
	member, since := a.founder, int64(0)
	for i := range g.items {
		item := &g.items[i]
		seq := item.MsgSeq
		switch {
		case slices.Contains(g.came[seq], a.user):
			member, since = true, seq
		case slices.Contains(g.left[seq], a.user):
			member = false
		}
		known, has := heard.items[seq]
		switch {
		case member && !has:
			fault("never saw %s %d (%.20q of %s), a member since %d; it holds up to %d", g.id, seq, item.Text(), item.FromAccount, since, heard.last)
		case !member && has:
			fault("saw %s %d (%.20q of %s), and was no member", g.id, seq, item.Text(), item.FromAccount)
		case has && known != (identity{item.FromAccount, g.id, item.MsgRandom, seq, item.MsgTimeStamp}):
			fault("has %s %d as %+v, and it is %+v", g.id, seq, known, item)
		case item.FromAccount == a.user && item.Text() != heard.own[seq]:
			fault("is said to have said %.20q as %s %d, and said %.20q", item.Text(), g.id, seq, heard.own[seq])
		}
	}
	for seq := range heard.items {
		if seq > int64(len(g.items)) {
			fault("has %s %d, and there are %d", g.id, seq, len(g.items))
		}
	}
	return faults
}

// comparePair reports what the actor lacks or has too much of what another told it.
func (a *actor) comparePair(from *actor) (faults []string) {
	from.mu.Lock()
	sent := slices.Clone(from.sent[a.user])
	from.mu.Unlock()
	count := make(map[string]int)
	a.mu.Lock()
	if p := a.pairs[from.user]; p != nil {
		for _, text := range p.items {
			count[text]++
		}
	}
	a.mu.Unlock()
	for _, text := range sent {
		if n := count[text]; n != 1 {
			faults = append(faults, fmt.Sprintf("%s saw %q of %s %d times", a.user, text, from.user, n))
		}
		delete(count, text)
	}
	for text, n := range count {
		faults = append(faults, fmt.Sprintf("%s saw %q of %s %d times, which was not acknowledged", a.user, text, from.user, n))
	}
	slices.Sort(faults)
	return faults
}
