package store

import (
	"context"

	"github.com/parley-im/parley/internal/chat"
)

// Profiles keeps what accounts say of themselves.
type Profiles interface {
	// Profiles returns the profiles of those of ids who exist. Official accounts
	// have a name and a face.
	Profiles(ctx context.Context, app chat.SDKAppID, ids []string) (map[string]*chat.Profile, error)
	// PutProfile replaces the profile of an account that exists.
	PutProfile(ctx context.Context, app chat.SDKAppID, p *chat.Profile) error
	// UserStatuses returns how those of ids who exist have described themselves,
	// and whether they are logged in.
	UserStatuses(ctx context.Context, app chat.SDKAppID, ids []string) (map[string]chat.UserStatus, error)
	// SetCustomStatus stores the status of an account that exists.
	SetCustomStatus(ctx context.Context, app chat.SDKAppID, userID, status string) error
	// Watched returns whose status a login's client wants to hear of, in the order of
	// SetWatched; nobody's if there is no such login.
	Watched(ctx context.Context, app chat.SDKAppID, instance int64) ([]string, error)
	SetWatched(ctx context.Context, app chat.SDKAppID, instance int64, ids []string) error
}
