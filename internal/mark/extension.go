package mark

import (
	"context"
	"fmt"
	"slices"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// ExtensionRequest is a change of the key-value pairs of a message.
type ExtensionRequest struct {
	Target

	Operation chat.ExtensionOperation
	// List holds the pairs, each with the Seq that the caller knows, 0 for none.
	List []chat.Extension
}

// ExtensionResult is what became of one pair.
type ExtensionResult struct {
	// Err is why it was not changed, nil if it was.
	Err *chat.Error
	// Pair is what it is now.
	Pair chat.Extension
}

// Extended is what became of a request.
type Extended struct {
	Results []ExtensionResult
	// Version is that of all pairs together.
	Version int64
}

// ChangeExtensions sets or deletes pairs of a message, or all of them. A pair that
// somebody else has changed meanwhile stays; the others are changed.
func (s *Service) ChangeExtensions(ctx context.Context, caller chat.Caller, r ExtensionRequest) (Extended, error) {
	if err := s.checkExtensions(caller, r); err != nil {
		return Extended{}, err
	}
	var done Extended
	err := s.change(ctx, caller, r.Target, func(tx store.Tx, m *marked) error {
		if !m.message.SupportExtension {
			return chat.ErrNoExtensions
		}
		if err := s.guard.Extensions(caller.App, fmt.Sprint(m.at.Conversation, " ", m.at.Seq)); err != nil {
			return err
		}
		held, err := tx.Extensions(ctx, m.at)
		if err != nil {
			return err
		}
		x := extending{held: held, request: r}
		changed, err := x.run()
		if err != nil {
			return err
		}
		done = Extended{Results: x.results, Version: x.change.Version}
		if done.Version == held.Version {
			return nil
		}
		if err := tx.PutExtensions(ctx, m.at, x.change); err != nil {
			return err
		}
		change := event.ExtensionChange{Operation: r.Operation, Version: done.Version, Changed: changed, At: tx.Now()}
		if m.group != nil {
			return store.Record(ctx, tx, s.hooks, caller.App, event.GroupExtensionsChanged{GroupMessage: m.inGroup(), ExtensionChange: change})
		}
		return store.Record(ctx, tx, s.hooks, caller.App, event.PairExtensionsChanged{PairMessage: m.inPair(), ExtensionChange: change})
	})
	return done, err
}

func (s *Service) checkExtensions(caller chat.Caller, r ExtensionRequest) error {
	switch r.Operation {
	case chat.ExtensionClear:
		return nil
	case chat.ExtensionSet, chat.ExtensionDelete:
	default:
		return chat.ErrParameter.Because("OperateType is 1, 2 or 3")
	}
	if len(r.List) == 0 || len(r.List) > chat.MaxExtensionBatch {
		return chat.ErrParameter.Because("ExtensionList has 1 to %d entries", chat.MaxExtensionBatch)
	}
	for i, pair := range r.List {
		switch {
		case pair.Key == "" || len(pair.Key) > chat.MaxExtensionKeyBytes:
			return chat.ErrParameter.Because("Key is 1 to %d bytes long", chat.MaxExtensionKeyBytes)
		case len(pair.Value) > chat.MaxExtensionValueBytes:
			return chat.ErrParameter.Because("Value is longer than %d bytes", chat.MaxExtensionValueBytes)
		case r.Operation == chat.ExtensionSet && pair.Value == "":
			return chat.ErrParameter.Because("Value is required")
		case slices.ContainsFunc(r.List[:i], func(other chat.Extension) bool { return other.Key == pair.Key }):
			return chat.ErrParameter.Because("%s comes twice", pair.Key)
		}
		if err := s.guard.Content(caller.App, pair.Key, pair.Value); err != nil {
			return err
		}
	}
	return nil
}

// extending is one change of the pairs of a message.
type extending struct {
	held    chat.Extensions
	request ExtensionRequest
	results []ExtensionResult
	change  store.ExtensionChange
}

// run finds out what changes. The version stays as it is if nothing does.
func (x *extending) run() (changed []chat.Extension, err error) {
	x.change = store.ExtensionChange{Version: x.held.Version, ClearVersion: x.held.ClearVersion}
	next := x.held.Version + 1
	if x.request.Operation == chat.ExtensionClear {
		for _, pair := range x.held.List {
			x.change.Drop = append(x.change.Drop, pair.Key)
		}
		if len(x.change.Drop) > 0 {
			x.change.Version, x.change.ClearVersion = next, next
		}
		return nil, nil
	}
	list := slices.Clone(x.held.List)
	for _, pair := range x.request.List {
		i := slices.IndexFunc(list, func(held chat.Extension) bool { return held.Key == pair.Key })
		now := chat.Extension{Key: pair.Key}
		if i >= 0 {
			now = list[i]
		}
		if refusal := x.refuse(now, pair); refusal != nil {
			x.results = append(x.results, ExtensionResult{Err: refusal, Pair: now})
			continue
		}
		now.Value, now.Seq = "", next
		if x.request.Operation == chat.ExtensionSet {
			now.Value = pair.Value
		}
		if i >= 0 {
			list = slices.Delete(list, i, i+1)
		}
		list = append(list, now)
		changed = append(changed, now)
		x.results = append(x.results, ExtensionResult{Pair: now})
	}
	if len(changed) > 0 {
		x.change.Version, x.change.Put = next, changed
	}
	x.change.Drop, err = surplus(list)
	x.change.Put = slices.DeleteFunc(slices.Clone(x.change.Put), func(e chat.Extension) bool { return slices.Contains(x.change.Drop, e.Key) })
	return changed, err
}

// refuse says why a pair may not be changed: somebody else was faster, or there is
// nothing to delete.
func (x *extending) refuse(now, pair chat.Extension) *chat.Error {
	gone := now.Value == ""
	switch {
	case x.request.Operation == chat.ExtensionDelete && gone:
		return chat.ErrExtensionNotFound
	case pair.Seq == now.Seq || (gone && pair.Seq == 0):
		return nil
	}
	return chat.ErrExtensionConflict
}

// surplus are the keys of deleted pairs that are forgotten, oldest first, because
// there are too many pairs.
func surplus(list []chat.Extension) (keys []string, err error) {
	for _, pair := range list {
		if len(list)-len(keys) <= chat.MaxExtensions {
			break
		}
		if pair.Value == "" {
			keys = append(keys, pair.Key)
		}
	}
	if len(list)-len(keys) > chat.MaxExtensions {
		return nil, chat.ErrParameter.Because("a message has at most %d pairs", chat.MaxExtensions)
	}
	return keys, nil
}

// ExtensionPage is a part of the pairs of a message.
type ExtensionPage struct {
	// Extensions are those asked for, with the versions of all.
	chat.Extensions

	// Complete is set if nothing follows.
	Complete bool
}

// Extensions returns the pairs of a message whose Seq is not below from, those that
// were deleted among them.
func (s *Service) Extensions(ctx context.Context, caller chat.Caller, t Target, from int64) (ExtensionPage, error) {
	var page ExtensionPage
	err := s.read(ctx, caller, t, func(tx store.Tx, m *marked) error {
		if !m.message.SupportExtension {
			return chat.ErrNoExtensions
		}
		held, err := tx.Extensions(ctx, m.at)
		page = ExtensionPage{Extensions: held, Complete: true}
		page.List = slices.DeleteFunc(held.List, func(pair chat.Extension) bool { return pair.Seq < from })
		if len(page.List) > chat.MaxExtensionPage {
			page.List, page.Complete = cut(page.List), false
		}
		return err
	})
	return page, err
}

// cut ends a page where a Seq ends, because the reader goes on with the next one.
func cut(list []chat.Extension) []chat.Extension {
	end := chat.MaxExtensionPage
	for end > 0 && list[end-1].Seq == list[chat.MaxExtensionPage].Seq {
		end--
	}
	return list[:end]
}
