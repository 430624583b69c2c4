package group

import (
	"hash/maphash"
	"sync"

	"github.com/parley-im/parley/internal/chat"
)

// gates make changes of a group and sends into it take turns when they get into
// each other's way. A send is stored only if its group is still as it was when
// the sender's rights were read. Somebody who mutes and unmutes without a pause
// has a change in every transaction, and all sends would come too late for ever.
// So a change passes the group's gate alone, and a send that came too late once
// keeps it open for itself and other sends while it tries again.
//
// Groups share gates, which only makes them wait for each other now and then.
type gates struct {
	seed maphash.Seed
	all  [256]sync.RWMutex
}

func newGates() *gates { return &gates{seed: maphash.MakeSeed()} }

func (g *gates) of(app chat.SDKAppID, groupID string) *sync.RWMutex {
	return &g.all[maphash.Comparable(g.seed, senderKey{app: app, groupID: groupID})%uint64(len(g.all))]
}
