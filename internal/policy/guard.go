package policy

import (
	"strings"
	"sync"
	"time"

	"github.com/parley-im/parley/internal/chat"
)

// How many groups, accounts and commands are counted at once.
const (
	maxCountedConversations = 1 << 16
	maxCountedCommands      = 1 << 14
)

// Guard holds an app's limits against what is sent and called. It is safe for
// concurrent use.
type Guard struct {
	groups   *Limiter[countKey]
	seconds  *Limiter[countKey]
	hours    *Limiter[countKey]
	commands *Limiter[countKey]

	mu      sync.RWMutex // guards filters
	filters map[chat.SDKAppID]compiled
}

// countKey names what is counted: a group, an official account or a command.
type countKey struct {
	app  chat.SDKAppID
	name string
}

// compiled is the filter of one version of an app's settings.
type compiled struct {
	app    *chat.App
	filter *Filter
}

// NewGuard makes a guard that takes the time from clock.
func NewGuard(clock func() time.Time) *Guard {
	return &Guard{
		groups:   NewLimiter[countKey](clock, time.Second, maxCountedConversations),
		seconds:  NewLimiter[countKey](clock, time.Second, maxCountedConversations),
		hours:    NewLimiter[countKey](clock, time.Hour, maxCountedConversations),
		commands: NewLimiter[countKey](clock, time.Second, maxCountedCommands),
		filters:  make(map[chat.SDKAppID]compiled),
	}
}

// GroupMessage counts a message against its group's frequency limit and refuses
// it with ErrTooFrequent beyond. Spec: groups#1.5
func (g *Guard) GroupMessage(app *chat.App, groupID string) error {
	if g.groups.Allow(countKey{app.SDKAppID, groupID}, app.Settings.GroupRate) {
		return nil
	}
	return chat.ErrTooFrequent
}

// Broadcast counts a broadcast against the limits of its official account and
// refuses it with ErrTooFrequent beyond. Spec: official#4.10
func (g *Guard) Broadcast(app *chat.App, officialID string) error {
	key := countKey{app.SDKAppID, officialID}
	if g.seconds.Allow(key, app.Settings.OfficialRate) && g.hours.Allow(key, app.Settings.OfficialHourly) {
		return nil
	}
	return chat.ErrTooFrequent
}

// Command counts a REST call against the limit of its command and refuses it
// with ErrTooManyRequests beyond. documented is the protocol's figure a second.
// Spec: rest-common#3
func (g *Guard) Command(app *chat.App, command string, documented int) error {
	limit := app.Settings.RESTRate
	if limit == chat.RESTRateDocumented {
		limit = documented
	}
	if g.commands.Allow(countKey{app.SDKAppID, command}, limit) {
		return nil
	}
	return chat.ErrTooManyRequests
}

// Content refuses texts that hold one of the app's blocked words with
// ErrBlockedContent.
func (g *Guard) Content(app *chat.App, texts ...string) error {
	if len(app.Settings.BlockedWords) == 0 {
		return nil
	}
	filter, err := g.filter(app)
	if err != nil {
		return err
	}
	if _, hit := filter.Match(texts...); hit {
		return chat.ErrBlockedContent
	}
	return nil
}

// filter compiles an app's words once for each version of its settings.
func (g *Guard) filter(app *chat.App) (*Filter, error) {
	g.mu.RLock()
	c := g.filters[app.SDKAppID]
	g.mu.RUnlock()
	if c.app == app {
		return c.filter, nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if c := g.filters[app.SDKAppID]; c.app == app {
		return c.filter, nil
	}
	filter, err := NewFilter(app.Settings.BlockedWords)
	if err != nil {
		return nil, err
	}
	g.filters[app.SDKAppID] = compiled{app: app, filter: filter}
	return filter, nil
}

// CheckWords returns why words cannot be an app's blocked words, or "".
func CheckWords(words []string) string {
	if _, err := NewFilter(words); err != nil {
		return strings.TrimPrefix(err.Error(), "policy: ")
	}
	return ""
}
