package sns

import (
	"context"
	"maps"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// AnswerRequests carries out what owner answers to those who asked him to be friends.
// The app is asked about answers of clients.
func (s *Service) AnswerRequests(ctx context.Context, caller chat.Caller, owner string, responses []event.FriendResponse) (Outcome, error) {
	ids := make([]string, 0, len(responses))
	for _, r := range responses {
		ids = append(ids, r.UserID)
	}
	if err := check(caller, owner, ids, chat.MaxFriendBatch); err != nil {
		return nil, err
	}
	refused := make(Outcome)
	for _, r := range responses {
		if why := responseFault(&r); why != "" {
			refused[r.UserID] = chat.ErrRelationParameter.Because("%s", why)
		}
	}
	if !caller.Admin {
		answer := s.hooks.Ask(ctx, caller.App, event.BeforeFriendResponse{
			Relation: event.Relation{Caller: caller, UserID: owner, At: s.clock()}, Responses: responses,
		})
		if answer.Refusal != nil {
			return nil, answer.Refusal
		}
		maps.Copy(refused, answer.Refusals)
	}
	var outcome Outcome
	err := s.store.Update(ctx, func(tx store.Tx) error {
		outcome = maps.Clone(refused)
		a, err := s.newAnswering(ctx, tx, caller, owner, ids)
		if err != nil {
			return err
		}
		for i := range responses {
			if outcome[responses[i].UserID] != nil {
				continue
			}
			refusal, err := a.answer(ctx, &responses[i])
			if err != nil {
				return err
			}
			if refusal != nil {
				outcome[responses[i].UserID] = refusal
			}
		}
		return store.Record(ctx, tx, s.hooks, caller.App, a.happens...)
	})
	return outcome, err
}

func responseFault(r *event.FriendResponse) string {
	switch {
	case r.Action != event.Agree && r.Action != event.AgreeAndAdd && r.Action != event.Reject:
		return "ResponseAction is none of the three"
	case len(r.Remark) > chat.MaxRemarkBytes:
		return "Remark is longer than 96 bytes"
	case r.Group != "":
		return chat.CheckFriendGroup(r.Group)
	}
	return ""
}

// answering is one request while it is carried out.
type answering struct {
	tx          store.Tx
	caller      chat.Caller
	owner       string
	asked       map[string]*chat.Pendency
	friendships map[string]chat.Tie
	lists       *lists
	happens     []event.Event
}

func (s *Service) newAnswering(ctx context.Context, tx store.Tx, caller chat.Caller, owner string, ids []string) (*answering, error) {
	app := caller.App.SDKAppID
	a := &answering{tx: tx, caller: caller, owner: owner, lists: newLists(tx, app)}
	var err error
	if a.asked, err = tx.PendenciesOf(ctx, app, owner, ids); err != nil {
		return nil, err
	}
	a.friendships, err = tx.Friendships(ctx, app, owner, ids)
	return a, err
}

func (a *answering) answer(ctx context.Context, r *event.FriendResponse) (*chat.Error, error) {
	p := a.asked[r.UserID]
	if p == nil {
		return chat.ErrNoPendency, nil
	}
	if r.Action != event.Reject {
		if refusal, err := a.befriend(ctx, r, p); err != nil || refusal != nil {
			return refusal, err
		}
	}
	delete(a.asked, r.UserID) // named twice
	a.happens = append(a.happens, event.PendencyEnded{Relation: relation(a.tx, a.caller, a.owner), Asker: p.Asker, Asked: p.Asked})
	_, err := a.tx.DeletePendency(ctx, a.caller.App.SDKAppID, p.Asker, p.Asked)
	return nil, err
}

// befriend puts the owner into the asker's list, and the asker into the owner's if
// the owner wants it.
func (a *answering) befriend(ctx context.Context, r *event.FriendResponse, p *chat.Pendency) (*chat.Error, error) {
	theirs := friendOf(p, a.tx.Now())
	mine := chat.Friend{UserID: r.UserID, AddTime: a.tx.Now(), Remark: r.Remark, AddSource: p.AddSource, AddWording: p.AddWording}
	if r.Group != "" {
		mine.Groups = []string{r.Group}
	}
	tie := a.friendships[r.UserID]
	var entries []entry
	if !tie.Theirs {
		entries = append(entries, entry{r.UserID, &theirs})
	}
	if r.Action == event.AgreeAndAdd && !tie.Mine {
		entries = append(entries, entry{a.owner, &mine})
	}
	if refusal, err := a.lists.add(ctx, a.owner, entries); err != nil || refusal != nil {
		return refusal, err
	}
	if len(entries) == 0 {
		return nil, nil
	}
	added := event.FriendsAdded{Relation: relation(a.tx, a.caller, a.owner), Initiator: p.Asker, Response: true}
	for _, e := range entries {
		added.Pairs = append(added.Pairs, event.FriendPair{Owner: e.owner, Friend: e.friend.UserID})
	}
	a.happens = append(a.happens, added)
	return nil, nil
}
