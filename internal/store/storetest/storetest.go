// Package storetest is what storage promises, as a suite that every
// implementation of store.Store has to pass.
package storetest

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-im/parley/internal/store"
)

// Run checks a store. open opens the store of the test t, which tells its time
// from clock; called again with the same t after the store was closed, it opens
// the same data. The suite closes what it opened.
func Run(t *testing.T, open func(t testing.TB, clock func() time.Time) store.Store) {
	t.Helper()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if test.long && testing.Short() {
				t.Skip("a long one")
			}
			test.run(start(t, open))
		})
	}
	for _, test := range bubbles {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { test.run(start(t, open)) })
		})
	}
}

var tests = []struct {
	name string
	long bool
	run  func(*fixture)
}{
	{name: "installation ID outlasts a restart", run: installation},
	{name: "the time of a transaction", run: transactionTime},
	{name: "apps", run: apps},
	{name: "accounts", run: accounts},
	{name: "accounts in great number", run: manyAccounts},
	{name: "deleted accounts leave nothing", run: deletedAccounts},

	{name: "profiles", run: profiles},
	{name: "statuses of users", run: userStatuses},
	{name: "friends", run: friends},
	{name: "groups of friends", run: friendGroups},
	{name: "requests to be friends", run: pendencies},
	{name: "black lists", run: blackLists},
	{name: "follows", run: follows},
	{name: "deleted accounts have no relations", run: deletedRelations},

	{name: "groups", run: groups},
	{name: "group IDs belong to their app", run: groupNames},
	{name: "what a send knows of its sender", run: senders},
	{name: "destroyed groups free their ID at once", run: destroyedGroups},
	{name: "what makes revisions grow", run: revisions},
	{name: "appends that decide in their transaction", run: lateAdmissions},
	{name: "members", run: members},
	{name: "members in great number", run: manyMembers},
	{name: "pages of members", run: memberPages},
	{name: "mutes", run: mutes},
	{name: "owners", run: owners},
	{name: "applications", run: applications},
	{name: "applications that are too many", run: applicationLimits},
	{name: "applications that are too old", run: applicationAge},
	{name: "visitors of rooms", run: visitors},
	{name: "rooms of an app", run: roomList},
	{name: "who is logged in", run: loggedIn},
	{name: "bans", run: bans},
	{name: "marks of members", run: markedMembers},
	{name: "marks of members in great number", run: manyMarkedMembers},
	{name: "members who go lose their marks", run: lostRoomMarks},
	{name: "official accounts", run: officials},
	{name: "subscribers", run: subscribers},
	{name: "subscriptions", run: subscriptions},

	{name: "pairs of users", run: pairs},
	{name: "contacts", run: contacts},
	{name: "lists of contacts", run: contactLists},
	{name: "unread messages of pairs", run: unreadPairs},
	{name: "places of messages", run: messagePlaces},
	{name: "conversation groups and quiet hours", run: contactGroups},

	{name: "messages come back as they were sent", run: messageFields},
	{name: "pages of messages", run: messagePages},
	{name: "recalled messages", run: recalledMessages},
	{name: "sequences", run: sequences},
	{name: "stale and lost conversations", run: staleSends},
	{name: "time within a conversation", run: conversationTime},
	{name: "last sending time of members", run: lastSendTime},
	{name: "modified messages", run: modifiedMessages},
	{name: "times of recalls", run: recallTimes},
	{name: "announced messages", run: announcedSends},
	{name: "read positions", run: readPositions},
	{name: "read positions of members who send much", run: readByManySends},
	{name: "receipts", run: receipts},
	{name: "hidden messages", run: hiddenMessages},
	{name: "name cards", run: nameCards},
	{name: "repeated sends", run: repeatedSends},
	{name: "repeated sends after a restart", run: repeatedSendsReopened},
	{name: "repeated sends when the clock is set back", run: repeatedSendsClockBack},
	{name: "numbers under concurrent callers", run: concurrentSends},

	{name: "attributes and counters", run: attributes},
	{name: "pinned messages", run: pins},
	{name: "reactions", run: reactions},
	{name: "extensions", run: extensions},
	{name: "merged messages stored apart", run: relays},
	{name: "marks leave with what they belong to", run: purgedMarks},

	{name: "topics", run: topics},
	{name: "sends into topics", run: topicSends},
	{name: "what members have in topics", run: topicStates},
	{name: "messages that do not count as unread", run: uncountedMessages},
	{name: "rows of topics that were destroyed", run: topicLeftovers},

	{name: "sessions", run: sessions},
	{name: "sessions of nodes", run: nodeSessions},
	{name: "notices", run: notices},
	{name: "announcements", run: announcements},
	{name: "messages of changes", run: messagesOfChanges},
	{name: "groups of a user", run: memberships},
	{name: "how users are shown", run: persons},

	{name: "nodes", run: nodes},
	{name: "leases", run: leases},
	{name: "updates of one's own", run: ownUpdates},

	{name: "failed updates keep nothing", run: failedUpdates},
	{name: "views are snapshots", run: snapshots},
	{name: "views survive panics and lost callers", run: brokenViews},
	{name: "closing under load", run: closeUnderLoad},

	{name: "events", run: events},
	{name: "searching events", run: eventSearch},
	{name: "searching a long log", long: true, run: longLog},
	{name: "pending events", run: pendingEvents},
	{name: "outcomes of attempts", run: settledEvents},
	{name: "outcomes that come twice", run: settledTwice},
	{name: "parked events", run: parkedEvents},
	{name: "counting events", run: countedEvents},
	{name: "replaying events", run: replayedEvents},
	{name: "replaying page by page", run: replayPages},

	{name: "retention of messages", run: messageRetention},
	{name: "retention of events", run: eventRetention},
	{name: "retention of attempts", run: attemptRetention},
	{name: "rows of what was destroyed", run: leftovers},
	{name: "receipts and hidden messages leave with the messages", run: markedRows},
}

// bubbles need to know when all callers wait, so they run where time stands
// still as long as somebody works.
var bubbles = []struct {
	name string
	run  func(*fixture)
}{
	{name: "neighbours of failing writes", run: failingNeighbours},
	{name: "equal sends at the same moment", run: simultaneousSends},
	{name: "callers who leave while they wait", run: leavingCallers},
	{name: "views do not wait for a writer", run: viewsBesideWriter},
	{name: "closing finishes what was accepted", run: closeFinishes},
	{name: "closing waits for views", run: closeWaitsForViews},
}
