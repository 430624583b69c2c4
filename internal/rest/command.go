package rest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"unicode/utf8"

	"github.com/parley-im/parley/internal/chat"
)

// documentedRate is the protocol's limit for most commands, in calls a second.
const documentedRate = 200

// Command is one row of the table.
type Command struct {
	Service string
	Name    string
	// Rate is the protocol's frequency limit, in calls a second and app.
	Rate int
	// Do decodes a request, carries it out and returns the answer.
	Do action
	// Request and Response are the types of package api.
	Request, Response reflect.Type
}

// Path is the command's place behind /v4/.
func (c *Command) Path() string { return c.Service + "/" + c.Name }

// action serves one command.
type action func(ctx context.Context, caller chat.Caller, body []byte) (any, error)

// command makes a row from the function that serves it. invalid is what the
// service answers to a parameter of the wrong type.
func command[Q, R any](service, name string, rate int, invalid *chat.Error, do func(context.Context, chat.Caller, *Q) (*R, error)) Command {
	return tolerant(service, name, rate, invalid, func(ctx context.Context, caller chat.Caller, q *Q, fault *chat.Error) (*R, error) {
		if fault != nil {
			return nil, fault
		}
		return do(ctx, caller, q)
	})
}

// tolerant is command for those that see a request in spite of a parameter of
// the wrong type, because its refusal fires a webhook.
func tolerant[Q, R any](
	service, name string, rate int, invalid *chat.Error,
	do func(ctx context.Context, caller chat.Caller, q *Q, fault *chat.Error) (*R, error),
) Command {
	request := shapeOf(reflect.TypeFor[Q]())
	return Command{
		Service: service, Name: name, Rate: rate, Request: reflect.TypeFor[Q](), Response: reflect.TypeFor[R](),
		Do: func(ctx context.Context, caller chat.Caller, body []byte) (any, error) {
			q, fault, err := decode[Q](body, request, invalid)
			if err != nil {
				return nil, err
			}
			r, err := do(ctx, caller, q, fault)
			if err != nil {
				return nil, err
			}
			return r, nil
		},
	}
}

// decode reads a request; it may change body. A field of the wrong type is a
// fault of the command, with all other fields read; anything that is no JSON
// object is an error of the request as a whole.
func decode[Q any](body []byte, request *shape, invalid *chat.Error) (q *Q, fault *chat.Error, err error) {
	if !utf8.Valid(body) {
		return nil, nil, chat.ErrRequestBody.Because("it is not UTF-8")
	}
	q = new(Q)
	err = json.Unmarshal(body, q)
	wrong, mistyped := errors.AsType[*json.UnmarshalTypeError](err)
	if (err != nil && !mistyped) || !isObject(body) {
		return nil, nil, chat.ErrRequestBody.Wrap(err)
	}
	if disarm(body, request) {
		q = new(Q)
		wrong, mistyped = errors.AsType[*json.UnmarshalTypeError](json.Unmarshal(body, q))
	}
	if !mistyped {
		return q, nil, nil
	}
	return salvage[Q](body, request), invalid.Because("%s must be %s", wrong.Field, jsonName(wrong.Type)), nil
}

// salvage reads the fields that have the right type, one by one, since decoding
// all at once may end at the first that has not.
func salvage[Q any](body []byte, request *shape) *Q {
	q := new(Q)
	var given map[string]json.RawMessage
	if json.Unmarshal(body, &given) != nil {
		return q
	}
	for name := range request.fields {
		value, ok := given[name]
		if !ok {
			continue
		}
		alone := slices.Concat([]byte(`{"`+name+`":`), value, []byte(`}`))
		if json.Unmarshal(alone, new(Q)) == nil {
			_ = json.Unmarshal(alone, q) // as it just did
		}
	}
	return q
}

func isObject(body []byte) bool {
	for _, b := range body {
		switch b {
		case ' ', '\t', '\r', '\n':
			continue
		}
		return b == '{'
	}
	return false
}

// jsonName is how a person who writes JSON calls a Go type.
func jsonName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice, reflect.Array:
		return "an array"
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uint:
		return fmt.Sprintf("an unsigned integer of %d bits", t.Bits())
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return "an integer"
	}
	return "of another type"
}
