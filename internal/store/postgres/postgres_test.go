package postgres_test

import (
	"sync"
	"testing"
	"time"

	"github.com/parley-im/parley/internal/store"
	"github.com/parley-im/parley/internal/store/postgres"
	"github.com/parley-im/parley/internal/store/storetest"
	"github.com/parley-im/parley/internal/testkit"
)

func TestStore(t *testing.T) {
	t.Parallel()
	server := testkit.StartPostgres(t, "fsync=off")
	var urls sync.Map
	storetest.Run(t, func(t testing.TB, clock func() time.Time) store.Store {
		t.Helper()
		url, again := urls.Load(t.Name())
		if !again {
			url = server.Database(t)
			urls.Store(t.Name(), url)
		}
		s, err := postgres.Open(t.Context(), postgres.Options{URL: url.(string), Clock: clock})
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}
