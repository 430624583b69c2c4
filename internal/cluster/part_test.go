package cluster

import (
	"fmt"
	"slices"
	"testing"

	"github.com/parley-im/parley/internal/chat"
)

func TestConversationsAreSpread(t *testing.T) {
	t.Parallel()
	var counts [Parts]int
	for app := range 10 {
		for g := range 1000 {
			counts[PartOf(chat.SDKAppID(1400000001+app), fmt.Sprint("group:g", g))]++
		}
	}
	if least, most := slices.Min(counts[:]), slices.Max(counts[:]); least < 90 || most > 250 {
		t.Errorf("of 10000 conversations, parts have %d to %d", least, most)
	}
	// Nodes of several versions must agree.
	if got := PartOf(1400000001, "group:g"); got != 35 {
		t.Errorf("group:g is in part %d", got)
	}
}

// settle lets all nodes give away what they have too much of, until nobody does.
func settle(t *testing.T, d *division, nodes []string) (moved int) {
	t.Helper()
	yes := func(int) bool { return true }
	for range 10 {
		before := *d
		for _, me := range nodes {
			d.even(me, nodes, yes, yes)
		}
		if *d == before {
			return moved
		}
		for part := range d {
			if d[part] != before[part] {
				moved++
			}
		}
	}
	t.Fatal("parts wander for ever")
	return 0
}

func TestPartsAreSharedEvenly(t *testing.T) {
	t.Parallel()
	var d division
	d.adopt([]string{"a"})
	if n := d.count("a"); n != Parts {
		t.Fatalf("a node that is alone holds %d parts", n)
	}
	for _, test := range []struct {
		situation string
		nodes     []string
		moved     int
	}{
		{"a second node joins", []string{"a", "b"}, 32},
		{"a third and a fourth join", []string{"a", "b", "c", "d"}, 32},
		{"nobody joins", []string{"a", "b", "c", "d"}, 0},
		{"one leaves", []string{"a", "c", "d"}, 0},
		{"two leave and one joins", []string{"c", "e"}, 21},
	} {
		d.adopt(test.nodes)
		if moved := settle(t, &d, test.nodes); moved > test.moved {
			t.Errorf("%s: %d parts move from one live node to another, want at most %d", test.situation, moved, test.moved)
		}
		total := 0
		for _, node := range test.nodes {
			n := d.count(node)
			total += n
			if n < Parts/len(test.nodes) || n > Parts/len(test.nodes)+1 {
				t.Errorf("%s: %s holds %d parts", test.situation, node, n)
			}
		}
		if total != Parts {
			t.Errorf("%s: %d parts are held", test.situation, total)
		}
	}
}

func TestPartsInUseStay(t *testing.T) {
	t.Parallel()
	var d division
	d.adopt([]string{"a"})
	nodes, no, yes := []string{"a", "b"}, func(int) bool { return false }, func(int) bool { return true }
	next := d.even("a", nodes, no, yes)
	if len(next) != Parts/2 || d.count("a") != Parts {
		t.Fatalf("at first %d parts are to leave and %d stay, want %d and all", len(next), d.count("a"), Parts/2)
	}
	leaving := func(part int) bool { return slices.Contains(next, part) }
	stuck := next[3]
	left := d.even("a", nodes, leaving, func(part int) bool { return part != stuck })
	if !slices.Equal(left, []int{stuck}) || d[stuck] != "a" || d.count("b") != Parts/2-1 {
		t.Errorf("with one part in use %v are left, it is %s's and b has %d", left, d[stuck], d.count("b"))
	}
	if left := d.even("a", nodes[:1], leaving, yes); len(left) > 0 {
		t.Errorf("%v leave though there is nobody to take them", left)
	}
}
