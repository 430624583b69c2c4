package inbox

// Verdict is what is known about the signatures of a webhook.
type Verdict string

// The verdicts.
const (
	// Valid means that every signature is right.
	Valid Verdict = "valid"
	// Invalid means that a signature is wrong.
	Invalid Verdict = "invalid"
	// Unsigned means that there is no signature.
	Unsigned Verdict = "unsigned"
	// Unjudged means that nobody here has the secrets.
	Unjudged Verdict = "unjudged"
)

// Signature is a verdict with its reason.
type Signature struct {
	Verdict     Verdict `json:"verdict"`
	Explanation string  `json:"explanation"`
}

// A Verifier has the secrets that the inbox does not have.
type Verifier interface {
	// Verify judges the signatures that r carries: the parameter Sign of its
	// query, the SHA-256 of token and RequestTime, and the headers
	// webhook-id, webhook-timestamp and webhook-signature over the body. At
	// least one of the two is there. sdkAppID is what the query says, which may
	// be anything. Time is r.Time. If r.Truncated, the end of the body is not
	// there. The explanation is a sentence for a person, without secrets, such
	// as "RequestTime is 95 seconds old". Verify is called from many goroutines.
	// Spec: webhooks#1.8
	Verify(sdkAppID string, r *Received) (verdict Verdict, explanation string)
}

// judge asks the verifier if there is something to verify.
func judge(verifier Verifier, r *Received) Signature {
	inQuery, inHeader := r.Query().Get("Sign") != "", r.Header.Get("Webhook-Signature") != ""
	switch {
	case !inQuery && !inHeader:
		return Signature{Unsigned, "There is neither a Sign parameter nor a webhook-signature header."}
	case verifier == nil:
		return Signature{Unjudged, "This inbox cannot check signatures."}
	}
	verdict, explanation := verifier.Verify(r.SDKAppID, r)
	return Signature{verdict, explanation}
}
