// Package callback holds what travels in Parley's webhooks, which the protocol
// calls third-party callbacks: a body type for each command, the reply, the
// query, the two signatures, and a [Handler] that receives them in an app's
// backend. The server sends with the same code.
//
// # Receiving
//
// Make a [Handler], register a function for each command of interest, mount it
// under the URL that the app has configured:
//
//	h, err := callback.NewHandler(callback.Options{
//		SDKAppID: 1400000000,
//		Tokens:   []string{token},
//	})
//	h.OnGroupAfterSendMsg(func(ctx context.Context, r callback.Request, msg *callback.GroupAfterSendMsg) error {
//		return archive(ctx, r.EventID, msg)
//	})
//	http.Handle("/callback", h)
//
// A webhook is either a question before something happens, whose reply decides
// ([Command.IsBefore]), or a report after it happened ([Command.IsAfter]).
// Questions come once and wait for about two seconds. Reports come at least
// once: one that was not answered with HTTP 200 and a JSON object comes again,
// under the same [Request.EventID], and reports of one conversation come in
// order. So a receiver stores first, answers, and works afterwards.
//
// # On the wire
//
// Bodies carry the documented fields and nothing else. Integers are plain JSON
// numbers, times are milliseconds in EventTime and seconds in MsgTime, flags
// are 0 or 1, arrays are never null, and optional fields are left out when they
// are empty. Use [Encode], which sees to the arrays and to CallbackCommand,
// rather than json.Marshal. What Parley adds of its own travels in headers.
//
// Values of this package are plain data and nothing here keeps state, except
// that functions must be registered with a Handler before it serves.
//
// Spec: webhooks#1, webhooks#4, webhooks#6
package callback
