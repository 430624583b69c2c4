package mark

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"strings"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

// SaveRelay stores the list of a merged message that is too long to be sent, and
// returns the key with which whoever gets the message reads it.
func (s *Service) SaveRelay(ctx context.Context, caller chat.Caller, list json.RawMessage) (string, error) {
	if len(list) > chat.MaxRelayBytes {
		return "", chat.ErrMessageTooLong.Because("a merged message has at most %d bytes", chat.MaxRelayBytes)
	}
	var entries []json.RawMessage
	if json.Unmarshal(list, &entries) != nil || len(entries) == 0 || len(entries) > chat.MaxRelayMessages {
		return "", chat.ErrParameter.Because("MsgList is a list of 1 to %d messages", chat.MaxRelayMessages)
	}
	if err := s.guard.Relay(caller.App, caller.UserID); err != nil {
		return "", err
	}
	key := strings.ToLower(rand.Text())
	err := s.store.Update(ctx, func(tx store.Tx) error { return tx.PutRelay(ctx, caller.App.SDKAppID, key, list) })
	return key, translate(err)
}

// Relay returns the list of a merged message, as it was stored.
func (s *Service) Relay(ctx context.Context, caller chat.Caller, key string) (json.RawMessage, error) {
	var list json.RawMessage
	err := s.store.View(ctx, func(tx store.Tx) (err error) {
		list, err = tx.Relay(ctx, caller.App.SDKAppID, key)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, chat.ErrMarkedNotFound
	}
	return list, translate(err)
}
