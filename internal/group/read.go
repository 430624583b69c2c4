package group

import (
	"context"
	"maps"
	"slices"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

const (
	// maxReadAll bounds how many groups one request marks as read.
	maxReadAll = 1000
	// readsPerUpdate is how many of them share a transaction: others wait for it.
	readsPerUpdate = 100
)

// Read raises the caller's read position in a group; it never falls. His other
// instances hear of it.
func (s *Service) Read(ctx context.Context, caller chat.Caller, r event.GroupRead) error {
	if err := checkID(r.GroupID); err != nil {
		return err
	}
	results, err := s.readEach(ctx, caller, []event.GroupRead{r})
	if err != nil {
		return err
	}
	if results[0] != nil {
		return results[0]
	}
	return nil
}

// ReadAll raises the caller's read positions in many groups, by GroupID. Groups that
// he cannot read any more are left out. His other instances hear of those here.
func (s *Service) ReadAll(ctx context.Context, caller chat.Caller, positions map[string]int64) error {
	if len(positions) > maxReadAll {
		return chat.ErrParameter.Because("GroupReadInfo has at most %d entries", maxReadAll)
	}
	reads := make([]event.GroupRead, 0, len(positions))
	for _, id := range slices.Sorted(maps.Keys(positions)) {
		reads = append(reads, event.GroupRead{GroupID: id, Seq: positions[id]})
	}
	for part := range slices.Chunk(reads, readsPerUpdate) {
		if _, err := s.readEach(ctx, caller, part); err != nil {
			return err
		}
	}
	return nil
}

// readEach says of each group why it could not be marked; nil means that it was.
func (s *Service) readEach(ctx context.Context, caller chat.Caller, reads []event.GroupRead) ([]*chat.Error, error) {
	var results []*chat.Error
	err := s.store.Update(ctx, func(tx store.Tx) error {
		results = make([]*chat.Error, len(reads))
		var raised []event.GroupRead
		for i, r := range reads {
			p, member, err := visit(ctx, tx, caller, r.GroupID, r.TopicID)
			if refusal := refusalIn(err); refusal != nil {
				results[i] = refusal
				continue
			}
			if err != nil {
				return err
			}
			r.Seq = min(r.Seq, p.nextSeq-1)
			if r.Seq <= member.ReadSeq {
				continue
			}
			if err := p.raiseRead(ctx, tx, caller.App.SDKAppID, caller.UserID, r.Seq); err != nil {
				return err
			}
			raised = append(raised, r)
		}
		if len(raised) == 0 {
			return nil
		}
		return store.Record(ctx, tx, s.hooks, caller.App, event.GroupsRead{Caller: caller, Reads: raised, At: tx.Now()})
	})
	return results, translate(err)
}
