package rest

import (
	"slices"

	"github.com/parley-im/parley/internal/account"
	"github.com/parley-im/parley/internal/group"
	"github.com/parley-im/parley/internal/official"
)

// Table is every command of the API. The services may be nil when only the
// table itself is wanted.
func Table(accounts *account.Service, groups *group.Service, officials *official.Service) []Command {
	return slices.Concat(
		accountCommands(accounts),
		groupCommands(groups),
		officialCommands(officials),
	)
}
