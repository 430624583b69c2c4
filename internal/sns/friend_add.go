package sns

import (
	"context"
	"maps"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// AddFriends lets owner ask others to be friends. Both puts each into the other's
// list, else only owner's list grows. Who wants to be asked first gets a request and
// is in the outcome with chat.ErrPending. The app is asked about requests of clients.
func (s *Service) AddFriends(ctx context.Context, caller chat.Caller, owner string, friends []event.NewFriend, both bool) (Outcome, error) {
	if err := check(caller, owner, idsOf(friends), chat.MaxFriendBatch); err != nil {
		return nil, err
	}
	refused := faults(owner, friends)
	if !caller.Admin {
		answer := s.hooks.Ask(ctx, caller.App, event.BeforeFriendAdd{
			Relation: event.Relation{Caller: caller, UserID: owner, At: s.clock()}, Friends: friends, Both: both,
		})
		if answer.Refusal != nil {
			return nil, answer.Refusal
		}
		maps.Copy(refused, answer.Refusals)
	}
	var outcome Outcome
	err := s.store.Update(ctx, func(tx store.Tx) error {
		outcome = maps.Clone(refused)
		a, err := s.newAdding(ctx, tx, caller, owner, idsOf(friends), outcome)
		if err != nil {
			return err
		}
		a.both = both
		for i := range friends {
			if err := a.add(ctx, &friends[i]); err != nil {
				return err
			}
		}
		return a.record(ctx)
	})
	return outcome, err
}

func idsOf(friends []event.NewFriend) []string {
	ids := make([]string, 0, len(friends))
	for _, f := range friends {
		ids = append(ids, f.UserID)
	}
	return ids
}

// faults are the entries that are malformed.
func faults(owner string, friends []event.NewFriend) Outcome {
	o := make(Outcome)
	for _, f := range friends {
		why := chat.CheckAddSource(f.AddSource)
		switch {
		case f.UserID == owner:
			why = "nobody is his own friend"
		case len(f.Remark) > chat.MaxRemarkBytes:
			why = "Remark is longer than 96 bytes"
		case len(f.AddWording) > chat.MaxAddWordingBytes:
			why = "AddWording is longer than 256 bytes"
		case f.Group != "" && chat.CheckFriendGroup(f.Group) != "":
			why = chat.CheckFriendGroup(f.Group)
		}
		if why != "" {
			o[f.UserID] = chat.ErrRelationParameter.Because("%s", why)
		}
	}
	return o
}

// adding is one request while it is carried out.
type adding struct {
	service *Service
	tx      store.Tx
	caller  chat.Caller
	owner   string
	both    bool
	outcome Outcome

	profiles    map[string]*chat.Profile
	friendships map[string]chat.Tie
	blocks      map[string]chat.Tie
	// asked are the requests that others made to the owner.
	asked   map[string]*chat.Pendency
	lists   *lists
	pairs   []event.FriendPair
	happens []event.Event
}

func (s *Service) newAdding(ctx context.Context, tx store.Tx, caller chat.Caller, owner string, ids []string, outcome Outcome) (*adding, error) {
	a := &adding{service: s, tx: tx, caller: caller, owner: owner, outcome: outcome, lists: newLists(tx, caller.App.SDKAppID)}
	app := caller.App.SDKAppID
	var err error
	if a.profiles, err = tx.Profiles(ctx, app, append([]string{owner}, ids...)); err != nil {
		return nil, err
	}
	if a.profiles[owner] == nil {
		return nil, chat.ErrRelationAccount
	}
	if a.friendships, err = tx.Friendships(ctx, app, owner, ids); err != nil {
		return nil, err
	}
	if a.blocks, err = tx.BlocksBetween(ctx, app, owner, ids); err != nil {
		return nil, err
	}
	a.asked, err = tx.PendenciesOf(ctx, app, owner, ids)
	return a, err
}

// add adds one friend, or asks him, or says in the outcome why not.
func (a *adding) add(ctx context.Context, f *event.NewFriend) error {
	if _, over := a.outcome[f.UserID]; over {
		return nil
	}
	tie, peer := a.friendships[f.UserID], a.profiles[f.UserID]
	switch {
	case peer == nil, chat.CheckUserID(f.UserID) != "":
		return a.refuse(f, chat.ErrRelationAccount)
	case a.blocks[f.UserID].Mine:
		return a.refuse(f, chat.ErrBlockedByMe)
	case a.blocks[f.UserID].Theirs:
		return a.refuse(f, chat.ErrBlockedByPeer)
	case tie.Mine && (tie.Theirs || !a.both):
		return nil // they are friends already
	case !a.profiles[a.owner].MayAsk():
		return a.refuse(f, chat.ErrMayNotAsk)
	}
	// Who has the owner in his list, or has asked him, agrees.
	if tie.Theirs || a.asked[f.UserID] != nil {
		return a.befriend(ctx, f, tie)
	}
	switch peer.AllowType() {
	case chat.DenyAny:
		return a.refuse(f, chat.ErrDeniesRequests)
	case chat.NeedConfirm:
		return a.ask(ctx, f)
	}
	return a.befriend(ctx, f, tie)
}

func (a *adding) refuse(f *event.NewFriend, err *chat.Error) error {
	a.outcome[f.UserID] = err
	return nil
}

func (a *adding) befriend(ctx context.Context, f *event.NewFriend, tie chat.Tie) error {
	mine := chat.Friend{UserID: f.UserID, AddTime: a.tx.Now(), Remark: f.Remark, AddSource: f.AddSource, AddWording: f.AddWording}
	if f.Group != "" {
		mine.Groups = []string{f.Group}
	}
	theirs := chat.Friend{UserID: a.owner, AddTime: a.tx.Now(), AddSource: f.AddSource, AddWording: f.AddWording}
	if p := a.asked[f.UserID]; p != nil {
		theirs = friendOf(p, a.tx.Now())
	}
	var entries []entry
	if !tie.Mine {
		entries = append(entries, entry{a.owner, &mine})
	}
	if (a.both || a.asked[f.UserID] != nil) && !tie.Theirs {
		entries = append(entries, entry{f.UserID, &theirs})
	}
	if refusal, err := a.lists.add(ctx, a.owner, entries); err != nil || refusal != nil {
		return a.over(f, refusal, err)
	}
	for _, e := range entries {
		a.pairs = append(a.pairs, event.FriendPair{Owner: e.owner, Friend: e.friend.UserID})
	}
	a.friendships[f.UserID] = chat.Tie{Mine: true, Theirs: true} // named twice
	for _, p := range [][2]string{{a.owner, f.UserID}, {f.UserID, a.owner}} {
		if err := a.endPendency(ctx, p[0], p[1]); err != nil {
			return err
		}
	}
	return nil
}

// friendOf is what the asker's list says of the one whom he asked.
func friendOf(p *chat.Pendency, now time.Time) chat.Friend {
	f := chat.Friend{UserID: p.Asked, AddTime: now, Remark: p.Remark, AddSource: p.AddSource, AddWording: p.AddWording}
	if p.Group != "" {
		f.Groups = []string{p.Group}
	}
	return f
}

func (a *adding) over(f *event.NewFriend, refusal *chat.Error, err error) error {
	if err != nil {
		return err
	}
	return a.refuse(f, refusal)
}

func (a *adding) endPendency(ctx context.Context, asker, asked string) error {
	was, err := a.tx.DeletePendency(ctx, a.caller.App.SDKAppID, asker, asked)
	if was {
		a.happens = append(a.happens, event.PendencyEnded{Relation: relation(a.tx, a.caller, a.owner), Asker: asker, Asked: asked})
	}
	return err
}

// ask leaves a request with the other.
func (a *adding) ask(ctx context.Context, f *event.NewFriend) error {
	app := a.caller.App.SDKAppID
	earlier, err := a.tx.PendenciesOf(ctx, app, f.UserID, []string{a.owner})
	if err != nil {
		return err
	}
	if earlier[a.owner] == nil {
		_, sent, _, err := a.tx.CountPendencies(ctx, app, a.owner)
		if err != nil {
			return err
		}
		received, _, _, err := a.tx.CountPendencies(ctx, app, f.UserID)
		if err != nil {
			return err
		}
		if sent >= chat.MaxPendencies || received >= chat.MaxPendencies {
			return a.refuse(f, chat.ErrPendenciesFull)
		}
	}
	p := chat.Pendency{
		Asker: a.owner, Asked: f.UserID, Time: a.tx.Now(), AddSource: f.AddSource, AddWording: f.AddWording,
		Remark: f.Remark, Group: f.Group, Both: a.both,
	}
	if err := a.tx.PutPendency(ctx, app, &p); err != nil {
		return err
	}
	a.happens = append(a.happens, event.FriendAsked{Relation: relation(a.tx, a.caller, a.owner), Pendency: p, Person: a.profiles[a.owner].Person})
	return a.refuse(f, chat.ErrPending)
}

func (a *adding) record(ctx context.Context) error {
	if len(a.pairs) > 0 {
		a.happens = append(a.happens, event.FriendsAdded{Relation: relation(a.tx, a.caller, a.owner), Pairs: a.pairs, Initiator: a.owner})
	}
	return store.Record(ctx, a.tx, a.service.hooks, a.caller.App, a.happens...)
}
