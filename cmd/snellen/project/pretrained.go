package project

import (
	"fmt"

	"snellen/engine/step"
	"snellen/specs"
	"snellen/steps/pretrained"
)

// checkPretrained adds what is wrong with the file of a pretrained network that resolutions start
// from. It reads the file's header alone: a step reads the numbers.
func (c *footageCheck) checkPretrained() {
	trainer := c.study.Trainer
	if trainer.Name != "local" || trainer.Pretrained == "" {
		return
	}
	var users []specs.Resolution
	for _, r := range c.study.Resolutions {
		if r.Hyperparameters.UsePretrained == 1 {
			users = append(users, r)
		}
	}
	if len(users) == 0 {
		return
	}
	network, err := pretrained.Describe(trainer.Pretrained)
	if err != nil {
		c.add(specs.Problem{At: trainer.Where["pretrained"], Hint: step.Hint(err),
			Message: fmt.Sprintf("%s: %v", trainer.Pretrained, err)})
		return
	}
	seen := map[specs.Position]bool{} // resolutions share what the study writes for all
	for _, r := range users {
		at := r.Hyperparameters.Where["num_layers"]
		// 0: not written
		if n := r.Hyperparameters.NumLayers; n != 0 && n != network.NumLayers && !seen[at] {
			seen[at] = true
			c.add(specs.Problem{At: at, Message: fmt.Sprintf("num_layers is %d, and %s is %s", n,
				trainer.Pretrained, network.Name),
				Hint: "leave num_layers out: the network has its own depth"})
		}
	}
}
