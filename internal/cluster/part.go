package cluster

import (
	"hash/fnv"
	"slices"
	"strconv"

	"github.com/parley-im/parley/internal/chat"
)

// Parts is in how many parts all conversations are divided. It is the same in all
// versions that may run at the same time.
const Parts = 64

// PartOf tells which part a conversation of an app belongs to.
func PartOf(app chat.SDKAppID, conversation string) int {
	h := fnv.New32a()
	_, _ = h.Write(strconv.AppendInt(nil, int64(app), 10)) // never fails
	_, _ = h.Write([]byte{0})
	_, _ = h.Write([]byte(conversation))
	return int(h.Sum32() % Parts)
}

// division is who holds which part, by the IDs of nodes.
type division [Parts]string

func (d *division) count(node string) int {
	n := 0
	for _, holder := range d {
		if holder == node {
			n++
		}
	}
	return n
}

// poorest returns the one of nodes that holds least, the first of several.
func (d *division) poorest(nodes []string) string {
	return slices.MinFunc(nodes, func(a, b string) int { return d.count(a) - d.count(b) })
}

// adopt gives the parts that nobody in nodes holds to them, as evenly as can be.
func (d *division) adopt(nodes []string) {
	if len(nodes) == 0 {
		return
	}
	for part, holder := range d {
		if !slices.Contains(nodes, holder) {
			d[part] = d.poorest(nodes)
		}
	}
}

// even lets me, which is in nodes, give what it has more than its share to those who
// have less. Parts that are not idle yet stay, and are returned as those to be given
// next; leaving are those of the last time, which are chosen first.
func (d *division) even(me string, nodes []string, leaving, idle func(part int) bool) (next []int) {
	parts := make([]int, 0, Parts)
	for part, holder := range d {
		if holder == me {
			parts = append(parts, part)
		}
	}
	slices.SortStableFunc(parts, func(a, b int) int { return rank(leaving(a)) - rank(leaving(b)) })
	wanted := *d // as it will be
	for _, part := range parts {
		to := wanted.poorest(nodes)
		if have := wanted.count(me); have <= Parts/len(nodes) || have-wanted.count(to) <= 1 {
			break
		}
		wanted[part] = to
		if leaving(part) && idle(part) {
			d[part] = to
			continue
		}
		next = append(next, part)
	}
	return next
}

func rank(first bool) int {
	if first {
		return 0
	}
	return 1
}
