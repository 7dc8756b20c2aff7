package document

// A Step describes how the result of one step was made.
type Step struct {
	Address string       `json:"address"`
	Kind    string       `json:"kind"`
	State   string       `json:"state"` // "done", or "missing" where there is no record
	Key     *string      `json:"key"`   // SHA-256 of its manifest, which snellen explain shows
	Tools   []Tool       `json:"tools"`
	Inputs  []StepInput  `json:"inputs"`
	Outputs []StepOutput `json:"outputs"` // a folder is one entry
	Seconds *float64     `json:"seconds"` // that the step took
}

// A Tool is a tool on which the result depends.
type Tool struct {
	Name     string `json:"name"`
	Identity string `json:"identity"` // "6.0-..."
}

// A StepInput is an input of a step. The photographs of a step are one entry.
type StepInput struct {
	Role   string  `json:"role"`            // of photographs: "picture/"
	From   string  `json:"from"`            // the address of a step, or the name of a file
	Digest *string `json:"digest"`          // of photographs: of the list of their roles and digests
	Files  int     `json:"files,omitempty"` // photographs; From names the first ones
}

// A StepOutput is an output of a step, or a folder of outputs.
type StepOutput struct {
	Name   string `json:"name"`  // of a folder: "pictures/"
	Files  int    `json:"files"` // 1, or the number of files in a folder
	Bytes  int64  `json:"bytes"`
	Digest string `json:"digest"` // for a folder: of the sorted list of its files and their digests
}
