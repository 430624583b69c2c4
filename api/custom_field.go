package api

// CustomField is one custom field of a group or of a group member. Which keys
// there are is a setting of the app.
type CustomField struct {
	// Key names the field. At most 16 bytes of letters, digits and underscores;
	// an unknown or malformed one gives 10004. Required.
	Key string `json:"Key"`
	// Value is the content. At most 512 bytes for a group and 64 bytes for a
	// member, otherwise 10004. In commands that change fields, an empty one
	// deletes the field. Required.
	Value string `json:"Value"`
}
