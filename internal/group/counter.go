package group

import (
	"context"
	"slices"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// CounterMode is what is done to counters, as the protocol names it.
type CounterMode string

// The modes.
const (
	CounterSet      CounterMode = "Set"
	CounterIncrease CounterMode = "Increase"
	CounterDecrease CounterMode = "Decrease"
)

// CounterRequest is a change of a group's counters.
type CounterRequest struct {
	GroupID string
	Mode    CounterMode
	// List holds the new values, or by how much to count. What does not exist
	// counts from 0.
	List []chat.Counter
}

// UpdateCounters changes counters of a group and returns their new values. Every
// member may.
func (s *Service) UpdateCounters(ctx context.Context, caller chat.Caller, r CounterRequest) ([]chat.Counter, error) {
	if err := checkCounters(r); err != nil {
		return nil, err
	}
	var changed []chat.Counter
	err := s.store.Update(ctx, func(tx store.Tx) error {
		g, err := visitShared(ctx, tx, caller, r.GroupID)
		if err != nil {
			return err
		}
		held, err := tx.Counters(ctx, g.Conversation)
		if err != nil {
			return err
		}
		held.Version++
		if held.List, changed, err = changeCounters(held.List, r); err != nil {
			return err
		}
		if err := tx.PutCounters(ctx, g.Conversation, held); err != nil {
			return err
		}
		return store.Record(ctx, tx, s.hooks, caller.App, event.GroupCountersChanged{
			Group: event.Group{Caller: caller, GroupID: g.ID, Type: g.Type, Operator: caller.UserID, At: tx.Now()},
			Set:   r.Mode == CounterSet, Version: held.Version, Changed: changed,
		})
	})
	return changed, translate(err)
}

func checkCounters(r CounterRequest) error {
	if err := checkID(r.GroupID); err != nil {
		return err
	}
	switch {
	case r.Mode != CounterSet && r.Mode != CounterIncrease && r.Mode != CounterDecrease:
		return chat.ErrParameter.Because("Mode is Set, Increase or Decrease")
	case len(r.List) == 0:
		return chat.ErrParameter.Because("GroupCounter is required")
	case len(r.List) > chat.MaxCounters:
		return chat.ErrTooManyCounters
	}
	for _, c := range r.List {
		if c.Key == "" || len(c.Key) > chat.MaxCounterKeyBytes {
			return chat.ErrParameter.Because("the key of a counter is 1 to 128 bytes long")
		}
	}
	return nil
}

// changeCounters changes a list of counters and returns it with those that changed.
func changeCounters(list []chat.Counter, r CounterRequest) (all, changed []chat.Counter, err error) {
	for _, c := range r.List {
		i := slices.IndexFunc(list, func(held chat.Counter) bool { return held.Key == c.Key })
		if i < 0 {
			i, list = len(list), append(list, chat.Counter{Key: c.Key})
		}
		value, ok := r.Mode.apply(list[i].Value, c.Value)
		if !ok {
			return nil, nil, chat.ErrParameter.Because("the value of counter %s would need more than 64 bits", c.Key)
		}
		list[i].Value = value
		changed = append(changed, list[i])
	}
	if len(list) > chat.MaxCounters {
		return nil, nil, chat.ErrTooManyCounters
	}
	return list, changed, nil
}

// apply is what becomes of a value; ok is false if it would leave its range.
func (m CounterMode) apply(value, by int64) (result int64, ok bool) {
	switch m {
	case CounterIncrease:
		result = value + by
		return result, (result >= value) == (by >= 0)
	case CounterDecrease:
		result = value - by
		return result, (result <= value) == (by >= 0)
	case CounterSet:
	}
	return by, true
}

// Counters returns counters of a group to a member: those of keys that exist, or
// all if there are no keys.
func (s *Service) Counters(ctx context.Context, caller chat.Caller, groupID string, keys []string) (chat.Counters, error) {
	if err := checkID(groupID); err != nil {
		return chat.Counters{}, err
	}
	var held chat.Counters
	err := s.store.View(ctx, func(tx store.Tx) error {
		g, err := visitShared(ctx, tx, caller, groupID)
		if err != nil {
			return err
		}
		held, err = tx.Counters(ctx, g.Conversation)
		return err
	})
	if len(keys) > 0 {
		held.List = slices.DeleteFunc(held.List, func(c chat.Counter) bool { return !slices.Contains(keys, c.Key) })
	}
	return held, translate(err)
}
