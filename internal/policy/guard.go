package policy

import (
	"fmt"
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

	attributes *Limiter[countKey]
	extensions *Limiter[countKey]
	relays     *Limiter[countKey]

	mu      sync.RWMutex // guards filters
	filters map[chat.SDKAppID]*appFilter
}

// countKey names what is counted: a group, an official account or a command.
type countKey struct {
	app  chat.SDKAppID
	name string
}

// appFilter is the compiled form of an app's words. Compiling takes long, so it
// happens under a lock of its own: only senders of that app wait for it.
type appFilter struct {
	mu     sync.Mutex // guards all below
	words  []string
	filter *Filter
	err    error
}

// NewGuard makes a guard that takes the time from clock.
func NewGuard(clock func() time.Time) *Guard {
	return &Guard{
		groups:   NewLimiter[countKey](clock, time.Second, maxCountedConversations),
		seconds:  NewLimiter[countKey](clock, time.Second, maxCountedConversations),
		hours:    NewLimiter[countKey](clock, time.Hour, maxCountedConversations),
		commands: NewLimiter[countKey](clock, time.Second, maxCountedCommands),

		attributes: NewLimiter[countKey](clock, time.Second, maxCountedConversations),
		extensions: NewLimiter[countKey](clock, time.Minute, maxCountedConversations),
		relays:     NewLimiter[countKey](clock, time.Minute, maxCountedConversations),

		filters: make(map[chat.SDKAppID]*appFilter),
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

// Attributes counts a change of a group's attributes and refuses it with
// ErrAttributeRate beyond. Spec: rest-common#3
func (g *Guard) Attributes(app *chat.App, groupID string) error {
	if g.attributes.Allow(countKey{app.SDKAppID, groupID}, chat.AttributeRate) {
		return nil
	}
	return chat.ErrAttributeRate
}

// Extensions counts a change of a message's key-value pairs and refuses it with
// ErrExtensionRate beyond. Spec: rest-common#3
func (g *Guard) Extensions(app *chat.App, message string) error {
	if g.extensions.Allow(countKey{app.SDKAppID, message}, chat.ExtensionRate) {
		return nil
	}
	return chat.ErrExtensionRate
}

// Relay counts a merged message that a user stores and refuses it with
// ErrTooFrequent beyond.
func (g *Guard) Relay(app *chat.App, userID string) error {
	if g.relays.Allow(countKey{app.SDKAppID, userID}, chat.RelayRate) {
		return nil
	}
	return chat.ErrTooFrequent
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

// filter returns the compiled form of an app's present words.
func (g *Guard) filter(app *chat.App) (*Filter, error) {
	g.mu.RLock()
	f := g.filters[app.SDKAppID]
	g.mu.RUnlock()
	if f == nil {
		f = g.newFilter(app.SDKAppID)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if !sameList(f.words, app.Settings.BlockedWords) {
		f.words = app.Settings.BlockedWords
		f.filter, f.err = NewFilter(f.words)
	}
	return f.filter, f.err
}

// sameList reports whether two lists are one and the same: the words of an app
// are never changed in place.
func sameList(a, b []string) bool {
	return len(a) == len(b) && len(a) > 0 && &a[0] == &b[0]
}

func (g *Guard) newFilter(app chat.SDKAppID) *appFilter {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.filters[app] == nil {
		g.filters[app] = new(appFilter)
	}
	return g.filters[app]
}

// CheckWords returns why words cannot be an app's blocked words, or "".
func CheckWords(words []string) string {
	if len(words) > MaxWords {
		return fmt.Sprintf("%d words are more than %d", len(words), MaxWords)
	}
	if _, err := normalWords(loadFoldTable(), words); err != nil {
		return err.Error()
	}
	return ""
}
