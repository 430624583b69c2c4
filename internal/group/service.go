// Package group holds the operations on groups: their profiles, members, mutes
// and messages (service group_open_http_svc). Each does what every caller of it
// needs, whether he comes by REST or as a client: check, ask, store, record.
package group

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/policy"
	"github.com/parley-im/parley/internal/store"
)

// rememberedSenders bounds the cache of who may send where.
const rememberedSenders = 65536

// Service does the operations.
type Service struct {
	store   store.Store
	hooks   event.Hooks
	guard   *policy.Guard
	clock   func() time.Time
	log     *slog.Logger
	senders *lru.Cache[senderKey, store.Sender]
	said    said
	// crowds is when large rooms last said that somebody came or went.
	crowds *lru.Cache[int64, time.Time]
}

// senderKey names one user in one group, or in a topic of it.
type senderKey struct {
	app                      chat.SDKAppID
	groupID, topicID, userID string
}

// Options of a service.
type Options struct {
	Store store.Store
	Hooks event.Hooks
	Guard *policy.Guard
	Clock func() time.Time
	Log   *slog.Logger
}

// New makes a service.
func New(o Options) (*Service, error) {
	senders, err := lru.New[senderKey, store.Sender](rememberedSenders)
	if err != nil {
		return nil, err
	}
	crowds, err := lru.New[int64, time.Time](rememberedCrowds)
	if err != nil {
		return nil, err
	}
	remembered, err := newSaid()
	if err != nil {
		return nil, err
	}
	return &Service{
		said: remembered, store: o.Store, hooks: o.Hooks, guard: o.Guard, clock: o.Clock, log: o.Log, senders: senders,
		crowds: crowds,
	}, nil
}

// translate turns errors of storage into what a caller is told.
func translate(err error) error { return store.Explain(err, chat.ErrInternal) }

// checkID refuses what can be no group's ID.
func checkID(groupID string) error {
	switch {
	case groupID == "":
		return chat.ErrParameter.Because("GroupId is required")
	case !chat.WellFormedGroupID(groupID):
		return chat.ErrGroupID
	}
	return nil
}

// find reads a group within a transaction.
func find(ctx context.Context, tx store.Tx, app *chat.App, groupID string) (*chat.Group, error) {
	g, err := tx.Group(ctx, app.SDKAppID, groupID)
	if errors.Is(err, store.ErrNotFound) {
		return nil, chat.ErrGroupNotFound
	}
	return g, err
}

// change runs fn on a group in a transaction of its own.
func (s *Service) change(ctx context.Context, app *chat.App, groupID string, fn func(store.Tx, *chat.Group) error) error {
	err := s.store.Update(ctx, func(tx store.Tx) error {
		g, err := find(ctx, tx, app, groupID)
		if err != nil {
			return err
		}
		return fn(tx, g)
	})
	return translate(err)
}

// checkAccounts refuses an empty name in a list of accounts.
func checkAccounts(field string, ids []string) error {
	if slices.Contains(ids, "") {
		return chat.ErrParameter.Because("an account in %s is empty", field)
	}
	return nil
}
