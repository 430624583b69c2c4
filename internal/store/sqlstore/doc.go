// Package sqlstore is storage in the SQL that SQLite and PostgreSQL share. A
// driver opens connections and names its dialect; everything else is here.
//
// One goroutine of a process writes. It takes the updates and appends that are waiting, runs
// them in one transaction, commits, and then answers their callers: concurrent
// callers share one flush to disk. Updates run one after another, each within a
// savepoint, so that a failing one takes nothing else with it; appends of a
// batch share multi-row statements. If a batch fails as a whole, its requests
// are run again one by one, so that the guilty one fails alone. A caller who
// leaves before his turn is passed over; what was begun is not interrupted.
//
// Sequence numbers are read from and written to the conversation's row within
// that transaction, never kept in memory, so a number is given out exactly when
// its message is committed.
//
// Readers have connections of their own and see the last commit; they never
// wait for the writer.
//
// Where several processes share the database, their transactions take turns as the
// dialect says: one that has an Update runs alone, those of appends and of UpdateOwn
// run beside each other and lock the rows of their conversations.
package sqlstore
