package recent

import (
	"context"
	"errors"
	"slices"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// CreateGroup makes a conversation group with conversations in it and returns what
// became of each of them.
func (s *Service) CreateGroup(ctx context.Context, caller chat.Caller, name string, refs []event.ContactRef) (chat.ContactGroup, []*chat.Error, error) {
	g := chat.ContactGroup{Name: name}
	if name == "" || len(name) > chat.MaxContactGroupBytes {
		return g, nil, chat.ErrContactGroupName
	}
	if len(refs) > chat.MaxContactBatch {
		return g, nil, chat.ErrContactBatch
	}
	var results []*chat.Error
	err := s.store.Update(ctx, func(tx store.Tx) error {
		all, err := tx.ContactGroups(ctx, caller.App.SDKAppID, caller.UserID)
		if err != nil {
			return err
		}
		if len(all) >= chat.MaxContactGroups {
			return chat.ErrTooManyContactGroups
		}
		if err := tx.CreateContactGroup(ctx, caller.App.SDKAppID, caller.UserID, &g); err != nil {
			return taken(err)
		}
		if results, err = sort(ctx, tx, caller, g.ID, refs, true); err != nil {
			return err
		}
		tx.Announce(event.ContactGroupCreated{Personal: event.PersonalOf(caller), Group: g, Contacts: done(refs, results)})
		return nil
	})
	return g, results, translate(err)
}

func taken(err error) error {
	if errors.Is(err, store.ErrExists) {
		return chat.ErrContactGroupName.Because("the name is taken")
	}
	return err
}

// sort puts conversations into a conversation group or takes them out.
func sort(ctx context.Context, tx store.Tx, caller chat.Caller, group int64, refs []event.ContactRef, in bool) ([]*chat.Error, error) {
	return outcomes(refs, func(ref *event.ContactRef) error { return sortOne(ctx, tx, caller, group, *ref, in) })
}

func sortOne(ctx context.Context, tx store.Tx, caller chat.Caller, group int64, ref event.ContactRef, in bool) error {
	list, err := contacts(ctx, tx, caller, ref)
	if err != nil {
		return err
	}
	c := main(list)
	if in {
		if err := room(ctx, tx, caller, c); err != nil {
			return err
		}
	}
	c.Groups = slices.DeleteFunc(c.Groups, func(id int64) bool { return id == group })
	if in {
		c.Groups = append(c.Groups, group)
	}
	return tx.PutContact(ctx, caller.App.SDKAppID, caller.UserID, c)
}

// find returns the caller's conversation group of a name.
func find(ctx context.Context, tx store.Tx, caller chat.Caller, name string) (chat.ContactGroup, error) {
	all, err := tx.ContactGroups(ctx, caller.App.SDKAppID, caller.UserID)
	if err != nil {
		return chat.ContactGroup{}, err
	}
	i := slices.IndexFunc(all, func(g chat.ContactGroup) bool { return g.Name == name })
	if i < 0 {
		return chat.ContactGroup{}, chat.ErrContactGroupNotFound
	}
	return all[i], nil
}

// DeleteGroups gives up conversation groups. The conversations in them stay.
func (s *Service) DeleteGroups(ctx context.Context, caller chat.Caller, names []string) ([]chat.ContactGroup, error) {
	if len(names) == 0 || len(names) > chat.MaxContactGroups {
		return nil, chat.ErrRecentParameter.Because("GroupName has 1 to %d entries", chat.MaxContactGroups)
	}
	var deleted []chat.ContactGroup
	err := s.store.Update(ctx, func(tx store.Tx) error {
		deleted = nil
		for _, name := range chat.Unique(names) {
			g, err := find(ctx, tx, caller, name)
			if err != nil {
				return err
			}
			if err := empty(ctx, tx, caller, g.ID); err != nil {
				return err
			}
			if err := tx.DeleteContactGroup(ctx, g.ID); err != nil {
				return err
			}
			deleted = append(deleted, g)
		}
		tx.Announce(event.ContactGroupsDeleted{Personal: event.PersonalOf(caller), Groups: deleted})
		return nil
	})
	return deleted, translate(err)
}

// empty takes all conversations out of a conversation group.
func empty(ctx context.Context, tx store.Tx, caller chat.Caller, group int64) error {
	marked, err := tx.ListMarked(ctx, caller.App.SDKAppID, caller.UserID, chat.MaxMarked)
	if err != nil {
		return err
	}
	for i := range marked {
		if !slices.Contains(marked[i].Groups, group) {
			continue
		}
		// Of one that the user has no part in any more nothing is left to be sorted.
		_, err := sort(ctx, tx, caller, group, []event.ContactRef{marked[i].Ref()}, false)
		if err != nil {
			return err
		}
	}
	return nil
}

// RenameGroup gives a conversation group another name.
func (s *Service) RenameGroup(ctx context.Context, caller chat.Caller, oldName, name string) (chat.ContactGroup, error) {
	if name == "" || len(name) > chat.MaxContactGroupBytes {
		return chat.ContactGroup{}, chat.ErrContactGroupName
	}
	var g chat.ContactGroup
	err := s.store.Update(ctx, func(tx store.Tx) (err error) {
		if g, err = find(ctx, tx, caller, oldName); err != nil {
			return err
		}
		g.Name = name
		if err := tx.RenameContactGroup(ctx, g.ID, name); err != nil {
			return taken(err)
		}
		tx.Announce(event.ContactGroupRenamed{Personal: event.PersonalOf(caller), Group: g, OldName: oldName})
		return nil
	})
	return g, translate(err)
}

// ChangeGroup puts conversations into a conversation group, takes others out, and
// returns what became of each.
func (s *Service) ChangeGroup(ctx context.Context, caller chat.Caller, name string, add, remove []event.ContactRef) (g chat.ContactGroup, added, removed []*chat.Error, err error) {
	if len(add)+len(remove) > chat.MaxContactBatch {
		return g, nil, nil, chat.ErrContactBatch
	}
	err = s.store.Update(ctx, func(tx store.Tx) (err error) {
		if g, err = find(ctx, tx, caller, name); err != nil {
			return err
		}
		if added, err = sort(ctx, tx, caller, g.ID, add, true); err != nil {
			return err
		}
		if removed, err = sort(ctx, tx, caller, g.ID, remove, false); err != nil {
			return err
		}
		tx.Announce(event.ContactGroupChanged{
			Personal: event.PersonalOf(caller), Group: g, Added: done(add, added), Removed: done(remove, removed),
		})
		return nil
	})
	return g, added, removed, translate(err)
}

// Marked is what conversations a user has sorted and marked.
type Marked struct {
	Groups   []chat.ContactGroup
	Contacts []store.Contact
}

// Marked returns all conversation groups of the caller, and the conversations that
// are in one or have marks.
func (s *Service) Marked(ctx context.Context, caller chat.Caller) (Marked, error) {
	var m Marked
	err := s.store.View(ctx, func(tx store.Tx) (err error) {
		if m.Groups, err = tx.ContactGroups(ctx, caller.App.SDKAppID, caller.UserID); err != nil {
			return err
		}
		m.Contacts, err = tx.ListMarked(ctx, caller.App.SDKAppID, caller.UserID, chat.MaxMarked)
		return err
	})
	return m, translate(err)
}

// Search returns all conversation groups of the caller, and those of some
// conversations that exist.
func (s *Service) Search(ctx context.Context, caller chat.Caller, refs []event.ContactRef) (Marked, error) {
	if len(refs) > chat.MaxContactBatch {
		return Marked{}, chat.ErrContactBatch
	}
	var m Marked
	err := s.store.View(ctx, func(tx store.Tx) (err error) {
		if m.Groups, err = tx.ContactGroups(ctx, caller.App.SDKAppID, caller.UserID); err != nil {
			return err
		}
		for _, ref := range refs {
			list, err := contacts(ctx, tx, caller, ref)
			if errors.Is(err, errNoContact) {
				continue
			}
			if err != nil {
				return err
			}
			m.Contacts = append(m.Contacts, *main(list))
		}
		return nil
	})
	return m, translate(err)
}
