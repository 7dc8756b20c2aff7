package document

// A Step is how one part of the results was made.
type Step struct {
	Address string       `json:"address"`
	Kind    string       `json:"kind"`
	State   string       `json:"state"` // "done", or "missing" where there is no record
	Key     *string      `json:"key"`   // SHA-256 of its manifest, which snellen explain shows
	Tools   []Tool       `json:"tools"`
	Inputs  []StepInput  `json:"inputs"`
	Outputs []StepOutput `json:"outputs"` // folders summed up in one entry
	Seconds *float64     `json:"seconds"` // that making it took
}

// A Tool is a tool that the result depends on.
type Tool struct {
	Name     string `json:"name"`
	Identity string `json:"identity"` // "6.0-..."
}

// A StepInput is what a step read.
type StepInput struct {
	Role   string  `json:"role"`
	From   string  `json:"from"` // an address, or a file's name
	Digest *string `json:"digest"`
}

// A StepOutput is one output, or a folder of several.
type StepOutput struct {
	Name   string `json:"name"`  // of a folder: "pictures/"
	Files  int    `json:"files"` // 1, or how many a folder holds
	Bytes  int64  `json:"bytes"`
	Digest string `json:"digest"` // of a folder: of its list of names and digests
}
