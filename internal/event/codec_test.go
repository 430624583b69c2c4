package event_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
)

// TestRoundTrip: every event that nodes tell each other is the same on the other
// side, whatever is set in it, and no app's settings are in between.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	here := &chat.App{SDKAppID: 1400000001, SecretKey: "a secret"}
	there := &chat.App{SDKAppID: 1400000001, SecretKey: "a newer secret"}
	for _, typ := range event.Told() {
		v := reflect.New(typ).Elem()
		fill(t, v, 1)
		v.FieldByName("Caller").FieldByName("App").Set(reflect.ValueOf(here))
		sent := v.Interface().(event.Event)
		data, err := event.Encode(sent)
		if err != nil {
			t.Errorf("%s: %v", typ.Name(), err)
			continue
		}
		if bytes.Contains(data, []byte("secret")) || bytes.Contains(data, []byte("SecretKey")) {
			t.Errorf("%s: the bytes hold the app's key: %s", typ.Name(), data)
		}
		heard, err := event.Decode(data, func(chat.SDKAppID) *chat.App { return there })
		if err != nil {
			t.Errorf("%s: %v", typ.Name(), err)
			continue
		}
		v.FieldByName("Caller").FieldByName("App").Set(reflect.ValueOf(there))
		if diff := cmp.Diff(v.Interface(), heard, cmpopts.IgnoreUnexported(chat.Error{})); diff != "" {
			t.Errorf("%s (-sent +heard):\n%s", typ.Name(), diff)
		}
	}
	if here.SecretKey != "a secret" {
		t.Error("the app was changed")
	}
}

// TestNumbers: the number of a profile's field goes to clients as it was.
func TestNumbers(t *testing.T) {
	t.Parallel()
	app := &chat.App{SDKAppID: 1400000001}
	data, err := event.Encode(event.ProfileChanged{
		Caller: chat.Caller{App: app}, UserID: "alice", Fields: []chat.Field{{Tag: chat.TagBirthDay, Value: int64(9007199254740993)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	heard, err := event.Decode(data, func(chat.SDKAppID) *chat.App { return app })
	if err != nil {
		t.Fatal(err)
	}
	value, err := json.Marshal(heard.(event.ProfileChanged).Fields[0].Value)
	if err != nil || string(value) != "9007199254740993" {
		t.Errorf("the number is %s (%v)", value, err)
	}
}

func TestUnknownEvents(t *testing.T) {
	t.Parallel()
	if _, err := event.Encode(event.GroupFull{}); err == nil {
		t.Error("an event that is not in the table was encoded")
	}
	app := &chat.App{SDKAppID: 1400000001}
	data, err := event.Encode(event.AccountDeleted{Caller: chat.Caller{App: app}, UserID: "alice"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := event.Decode(data, func(chat.SDKAppID) *chat.App { return nil }); err == nil {
		t.Error("an event of an unknown app was decoded")
	}
	for _, text := range []string{"", "{", `{"type":"GroupFull","app":1400000001}`, `{"type":"AccountDeleted","app":1400000001,"event":7}`} {
		if _, err := event.Decode([]byte(text), func(chat.SDKAppID) *chat.App { return app }); err == nil {
			t.Errorf("%q was decoded", text)
		}
	}
}

// fill sets every exported field of a value, each to something else.
func fill(t *testing.T, v reflect.Value, n int) {
	t.Helper()
	switch v.Interface().(type) {
	case time.Time:
		v.Set(reflect.ValueOf(time.UnixMilli(1_700_000_000_000 + int64(n)).UTC()))
		return
	case chat.Body:
		v.Set(reflect.ValueOf(chat.Body{JSON: json.RawMessage(`[{"MsgType":"TIMTextElem","MsgContent":{"Text":"a<b&c \u003c"}}]`)}))
		return
	case json.RawMessage:
		v.Set(reflect.ValueOf(json.RawMessage(`{"a":"<"}`)))
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.String:
		v.SetString("text " + string(rune('a'+n%26)))
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(int64(n))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(uint64(n))
	case reflect.Interface:
		v.Set(reflect.ValueOf("value " + string(rune('a'+n%26))))
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(t, v.Index(0), n+1)
		fill(t, v.Index(1), n+2)
	case reflect.Pointer:
		if v.Type() == reflect.TypeFor[*chat.App]() {
			return
		}
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem(), n+1)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(t, v.Field(i), n+i+1)
			}
		}
	default:
		t.Fatalf("a field of type %s: teach the test to fill it", v.Type())
	}
}
