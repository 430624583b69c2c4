package group

import (
	"context"
	"slices"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// AttributeRequest is a change of a group's attributes.
type AttributeRequest struct {
	GroupID   string
	Operation chat.AttributeOperation
	// List holds what is set, or the keys of what is deleted.
	List []chat.Attribute
	// Version, if not nil, is the one that the caller knows: if it is not the
	// present one, the change is refused.
	Version *int64
}

// ChangeAttributes changes attributes of a group, and returns the new version with
// what changed. Every member may.
func (s *Service) ChangeAttributes(ctx context.Context, caller chat.Caller, r AttributeRequest) (chat.Attributes, error) {
	if err := checkAttributes(r); err != nil {
		return chat.Attributes{}, err
	}
	var changed chat.Attributes
	err := s.store.Update(ctx, func(tx store.Tx) error {
		g, err := visitShared(ctx, tx, caller, r.GroupID)
		if err != nil {
			return err
		}
		if err := s.guard.Attributes(caller.App, r.GroupID); err != nil {
			return err
		}
		held, err := tx.Attributes(ctx, g.Conversation)
		if err != nil {
			return err
		}
		if r.Version != nil && *r.Version != held.Version {
			return chat.ErrAttributeConflict
		}
		next, err := changeAttributes(held, r)
		if err != nil {
			return err
		}
		if err := tx.PutAttributes(ctx, g.Conversation, next); err != nil {
			return err
		}
		changed = chat.Attributes{Version: next.Version, List: []chat.Attribute{}}
		for _, a := range r.List {
			changed.List = putAttribute(changed.List, chat.Attribute{Key: a.Key, Value: a.Value, Seq: next.Version})
		}
		return store.Record(ctx, tx, s.hooks, caller.App, event.GroupAttributesChanged{
			Group:     event.Group{Caller: caller, GroupID: g.ID, Type: g.Type, Operator: caller.UserID, At: tx.Now()},
			Operation: r.Operation, Version: changed.Version, Changed: changed.List,
		})
	})
	return changed, translate(err)
}

func checkAttributes(r AttributeRequest) error {
	if err := checkID(r.GroupID); err != nil {
		return err
	}
	switch {
	case len(r.List) > chat.MaxAttributes:
		return chat.ErrTooManyAttributes
	case len(r.List) == 0 && (r.Operation == chat.AttributesModify || r.Operation == chat.AttributesDelete):
		return chat.ErrParameter.Because("GroupAttr is required")
	}
	for _, a := range r.List {
		switch {
		case a.Key == "" || len(a.Key) > chat.MaxAttributeKeyBytes:
			return chat.ErrAttributeKey
		case len(a.Value) > chat.MaxAttributeValueBytes:
			return chat.ErrAttributeValue
		}
	}
	return nil
}

// changeAttributes is what becomes of the attributes of a group.
func changeAttributes(held chat.Attributes, r AttributeRequest) (chat.Attributes, error) {
	next := chat.Attributes{Version: held.Version + 1}
	if r.Operation == chat.AttributesModify || r.Operation == chat.AttributesDelete {
		next.List = held.List
	}
	for _, a := range r.List {
		i := indexAttribute(next.List, a.Key)
		switch {
		case r.Operation != chat.AttributesDelete:
			next.List = putAttribute(next.List, chat.Attribute{Key: a.Key, Value: a.Value, Seq: next.Version})
		case i < 0:
			return next, chat.ErrAttributeNotFound
		default:
			next.List = slices.Delete(next.List, i, i+1)
		}
	}
	size := 0
	for _, a := range next.List {
		size += len(a.Key) + len(a.Value)
	}
	switch {
	case len(next.List) > chat.MaxAttributes:
		return next, chat.ErrTooManyAttributes
	case size > chat.MaxAttributeBytes:
		return next, chat.ErrAttributesTooLong
	}
	return next, nil
}

func indexAttribute(list []chat.Attribute, key string) int {
	return slices.IndexFunc(list, func(a chat.Attribute) bool { return a.Key == key })
}

// putAttribute sets one key of a list.
func putAttribute(list []chat.Attribute, a chat.Attribute) []chat.Attribute {
	if i := indexAttribute(list, a.Key); i >= 0 {
		list[i] = a
		return list
	}
	return append(list, a)
}

// Attributes returns the attributes of a group to a member.
func (s *Service) Attributes(ctx context.Context, caller chat.Caller, groupID string) (chat.Attributes, error) {
	if err := checkID(groupID); err != nil {
		return chat.Attributes{}, err
	}
	var held chat.Attributes
	err := s.store.View(ctx, func(tx store.Tx) error {
		g, err := visitShared(ctx, tx, caller, groupID)
		if err != nil {
			return err
		}
		held, err = tx.Attributes(ctx, g.Conversation)
		return err
	})
	return held, translate(err)
}

// visitShared finds a group for a member who asks for what its members share
// beside messages. Communities share nothing.
func visitShared(ctx context.Context, tx store.Tx, caller chat.Caller, groupID string) (*chat.Group, error) {
	p, _, err := visit(ctx, tx, caller, groupID, "")
	if err == nil && p.group.Type.Is(chat.Community) {
		err = chat.ErrNotPermitted.Because("a Community has no attributes and no counters")
	}
	return p.group, err
}
