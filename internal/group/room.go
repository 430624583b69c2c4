package group

import (
	"context"
	"errors"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// In large rooms somebody comes or goes all the time. Above maxAnnounced members
// the room says so at most once in announceEvery, so that clients still learn how
// many there are.
const (
	maxAnnounced  = 500
	announceEvery = time.Second
	// rememberedCrowds bounds the cache of when large rooms said so.
	rememberedCrowds = 4096
)

// Watch reports whether anybody may see what is said in a group, without being a
// member or even logged in: that is so in AVChatRooms.
func (s *Service) Watch(ctx context.Context, app *chat.App, groupID string) error {
	if err := checkID(groupID); err != nil {
		return err
	}
	err := s.store.View(ctx, func(tx store.Tx) error {
		g, err := find(ctx, tx, app, groupID)
		if err == nil && !g.Type.Is(chat.AVChatRoom) {
			return errNoRoom
		}
		return err
	})
	return translate(err)
}

var errNoRoom = chat.ErrNotPermitted.Because("this group is no AVChatRoom")

// inRoom reports whether the group that is changed is an AVChatRoom.
func (e *edit) inRoom() bool { return e.group.Type.Is(chat.AVChatRoom) }

// addMembers adds those who are no members yet, and returns them.
func (e *edit) addMembers(ctx context.Context, members []chat.Member) ([]string, error) {
	app, conversation := e.caller.App.SDKAppID, e.group.Conversation
	if !e.inRoom() || len(members) != 1 {
		return e.tx.AddMembers(ctx, app, conversation, members)
	}
	added, err := e.tx.AddVisitor(ctx, app, conversation, &members[0])
	if err != nil || !added {
		return nil, err
	}
	return []string{members[0].UserID}, nil
}

// quiet reports whether the group does not say that somebody came or went.
func (e *edit) quiet() bool {
	if !e.inRoom() || e.group.MemberNum <= maxAnnounced {
		return false
	}
	now := e.tx.Now()
	if last, ok := e.crowds.Get(e.group.Conversation); ok && now.Sub(last).Abs() < announceEvery {
		return true
	}
	e.crowds.Add(e.group.Conversation, now)
	return false
}

// state tells the app's backend that members of a room came or went.
func (e *edit) state(ctx context.Context, cause event.RoomCause, userIDs []string) error {
	if !e.inRoom() || len(userIDs) == 0 {
		return nil
	}
	return e.record(ctx, event.RoomStateChanged{
		App: e.caller.App, GroupID: e.group.ID, Type: e.group.Type, Cause: cause, Members: userIDs, At: e.tx.Now(),
	})
}

// Leaver is a user whose last login has ended.
type Leaver struct {
	Caller chat.Caller
	// Lost is set when the app has been told already that he is offline.
	Lost bool
}

// LeaveRooms takes users out of the AVChatRooms they are in, except those they own:
// to be in one belongs to the login. Those stay who are back: gone says who has no
// login at this server, and storage who has one at others. Both are asked when nobody
// can enter a room.
func (s *Service) LeaveRooms(ctx context.Context, app *chat.App, leavers []Leaver, gone func(userID string) bool) error {
	rooms := make(map[string][]Leaver)
	err := s.store.View(ctx, func(tx store.Tx) error {
		for _, l := range leavers {
			list, err := visited(ctx, tx, app, l.Caller.UserID)
			if err != nil {
				return err
			}
			for _, m := range list {
				rooms[m.GroupID] = append(rooms[m.GroupID], l)
			}
		}
		return nil
	})
	for groupID, list := range rooms {
		err = errors.Join(err, s.vacate(ctx, app, groupID, list, gone))
	}
	return err
}

// vacate takes users out of one room.
func (s *Service) vacate(ctx context.Context, app *chat.App, groupID string, leavers []Leaver, gone func(userID string) bool) error {
	ids := make([]string, 0, len(leavers))
	for _, l := range leavers {
		ids = append(ids, l.Caller.UserID)
	}
	err := s.change(ctx, app, groupID, func(tx store.Tx, g *chat.Group) error {
		roles, err := tx.Roles(ctx, g.Conversation, ids)
		if err != nil || !g.Type.Is(chat.AVChatRoom) {
			return err
		}
		elsewhere, err := tx.ConnectedSince(ctx, app.SDKAppID, ids, tx.Now().Add(-chat.KeepTime))
		if err != nil {
			return err
		}
		for _, l := range leavers {
			id := l.Caller.UserID
			if role := roles[id]; role == "" || role == chat.RoleOwner || !gone(id) || elsewhere[id] {
				continue
			}
			e := &edit{Service: s, tx: tx, caller: l.Caller, group: g, operator: id}
			if err := e.dismiss(ctx, departure{ids: []string{id}, lost: l.Lost}); err != nil {
				return err
			}
		}
		return nil
	})
	if errors.Is(err, chat.ErrGroupNotFound) {
		return nil // all have left it
	}
	return err
}

// Members and rooms that one step of SweepRooms looks at.
const (
	sweptMembers = 200
	sweptRooms   = 100
)

// SweepRooms takes out of an app's AVChatRooms whoever is gone and whose last login
// ended unnoticed, because the server was not there. With idle set, it also takes
// those whose login still holds.
func (s *Service) SweepRooms(ctx context.Context, app *chat.App, idle bool, gone func(userID string) bool) error {
	for after := int64(0); ; {
		var rooms []store.Room
		err := s.store.View(ctx, func(tx store.Tx) (err error) {
			rooms, err = tx.ListRooms(ctx, app.SDKAppID, after, sweptRooms)
			return err
		})
		if err != nil || len(rooms) == 0 {
			return err
		}
		for _, r := range rooms {
			if err := s.sweepRoom(ctx, app, r, idle, gone); err != nil {
				return err
			}
			after = r.Conversation
		}
	}
}

func (s *Service) sweepRoom(ctx context.Context, app *chat.App, r store.Room, idle bool, gone func(userID string) bool) error {
	for after := int64(0); ; {
		var leavers []Leaver
		last := int64(0)
		err := s.store.View(ctx, func(tx store.Tx) error {
			members, place, err := tx.ListMembers(ctx, r.Conversation, store.MemberPage{Limit: sweptMembers, After: after})
			if err != nil || len(members) == 0 {
				return err
			}
			last = place
			here, err := tx.LoggedIn(ctx, app.SDKAppID, idsOf(members))
			for i := range members {
				if id := members[i].UserID; (idle || !here[id]) && gone(id) {
					leavers = append(leavers, Leaver{Caller: chat.Caller{App: app, UserID: id, Platform: chat.PlatformUnknown}})
				}
			}
			return err
		})
		if err != nil {
			return err
		}
		if len(leavers) > 0 {
			err = s.vacate(ctx, app, r.GroupID, leavers, gone)
		}
		if err != nil || last == 0 {
			return err
		}
		after = last
	}
}

func idsOf(members []chat.Member) []string {
	ids := make([]string, 0, len(members))
	for i := range members {
		ids = append(ids, members[i].UserID)
	}
	return ids
}

// ReportRooms tells the app's backend, if it wants to hear of it, that nothing is
// heard any more of users who are in AVChatRooms, or that they are back.
func (s *Service) ReportRooms(ctx context.Context, app *chat.App, cause event.RoomCause, userIDs []string) error {
	if !app.Webhook.Enabled("Group.CallbackOnMemberStateChange") {
		return nil
	}
	rooms := make(map[string]*event.RoomStateChanged)
	err := s.store.View(ctx, func(tx store.Tx) error {
		var elsewhere map[string]bool
		if cause == event.RoomLost {
			var err error
			if elsewhere, err = tx.ConnectedSince(ctx, app.SDKAppID, userIDs, tx.Now().Add(-chat.LostTime)); err != nil {
				return err
			}
		}
		for _, id := range userIDs {
			if elsewhere[id] {
				continue // where he will be reported when his connection there is lost as well
			}
			list, err := visited(ctx, tx, app, id)
			if err != nil {
				return err
			}
			for _, m := range list {
				if rooms[m.GroupID] == nil {
					rooms[m.GroupID] = &event.RoomStateChanged{App: app, GroupID: m.GroupID, Type: m.Type, Cause: cause, At: tx.Now()}
				}
				rooms[m.GroupID].Members = append(rooms[m.GroupID].Members, id)
			}
		}
		return nil
	})
	if err != nil || len(rooms) == 0 {
		return err
	}
	return s.store.Update(ctx, func(tx store.Tx) error {
		for _, happened := range rooms {
			if err := store.Record(ctx, tx, s.hooks, app, *happened); err != nil {
				return err
			}
		}
		return nil
	})
}

// visited returns the AVChatRooms that a user is in and does not own: an owner does
// not come and go.
func visited(ctx context.Context, tx store.Tx, app *chat.App, userID string) ([]store.Membership, error) {
	var rooms []store.Membership
	list, err := tx.Memberships(ctx, app.SDKAppID, userID)
	if err != nil {
		return nil, err
	}
	for _, m := range list {
		if !m.Type.Is(chat.AVChatRoom) {
			continue
		}
		roles, err := tx.Roles(ctx, m.Conversation, []string{userID})
		if err != nil {
			return nil, err
		}
		if roles[userID] != chat.RoleOwner {
			rooms = append(rooms, m)
		}
	}
	return rooms, nil
}

// Of the audience of a room the newest are listed, in two pages.
const audiencePage = 500

// AudienceRequest selects members of an AVChatRoom.
type AudienceRequest struct {
	GroupID string
	// Before continues behind another page.
	Before int64
	// Mark, if not 0, wants only those who carry it, in one page.
	Mark int
}

// Visitor is a member of an AVChatRoom, and how he is shown.
type Visitor struct {
	chat.Member

	Person chat.Person
}

// Audience lists the newest 1,000 members of an AVChatRoom, last joined first, and
// where the list continues, 0 at its end.
func (s *Service) Audience(ctx context.Context, caller chat.Caller, r AudienceRequest) (page []Visitor, next int64, err error) {
	if err := checkID(r.GroupID); err != nil {
		return nil, 0, err
	}
	if r.Before < 0 {
		return nil, 0, chat.ErrParameter.Because("Timestamp is none that was returned")
	}
	err = s.store.View(ctx, func(tx store.Tx) error {
		g, err := find(ctx, tx, caller.App, r.GroupID)
		if err != nil {
			return err
		}
		if !g.Type.Is(chat.AVChatRoom) {
			return errNoRoom
		}
		if err := maySee(ctx, tx, caller, g); err != nil {
			return err
		}
		var members []chat.Member
		if r.Mark != 0 {
			members, err = tx.MarkedMembers(ctx, g.Conversation, r.Mark)
		} else {
			members, next, err = newest(ctx, tx, g.Conversation, r.Before)
		}
		if err != nil {
			return err
		}
		page, err = visitors(ctx, tx, caller.App.SDKAppID, members)
		return err
	})
	return page, next, translate(err)
}

// newest is a page of a room's members.
func newest(ctx context.Context, tx store.Tx, conversation, before int64) ([]chat.Member, int64, error) {
	members, last, err := tx.NewestMembers(ctx, conversation, before, audiencePage)
	if before != 0 || len(members) < audiencePage {
		last = 0
	}
	return members, last, err
}

func visitors(ctx context.Context, tx store.Tx, app chat.SDKAppID, members []chat.Member) ([]Visitor, error) {
	persons, err := tx.Persons(ctx, app, idsOf(members))
	list := make([]Visitor, 0, len(members))
	for i := range members {
		list = append(list, Visitor{Member: members[i], Person: personOf(persons, members[i].UserID)})
	}
	return list, err
}
