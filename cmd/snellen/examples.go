package main

// examples are what a command's help shows, by the command's words.
var examples = map[string]string{
	"apply": `  snellen apply
  snellen apply snacks.hcl -var footage=clips -auto-approve
  snellen apply snacks.plan
  snellen apply -replace=320x240/train
  snellen apply -chdir studies/snacks -parallelism 4
  snellen apply -locked -auto-approve -json   # in a pipeline: the very tools and inputs of the lock file`,
	"clean": `  snellen clean -dry-run
  snellen clean snacks.hcl -auto-approve`,
	"cloud":       `  snellen cloud check`,
	"cloud check": `  snellen cloud check -spec snacks.hcl`,
	"cloud clean": `  snellen cloud clean`,
	"cloud list":  `  snellen cloud list`,
	"cloud stop":  `  snellen cloud stop JOB`,
	"completion":  `  source <(snellen completion bash)`,
	"completion bash": `  source <(snellen completion bash)                                  # for this shell
  snellen completion bash > ~/.local/share/bash-completion/completions/snellen`,
	"completion fish": `  snellen completion fish > ~/.config/fish/completions/snellen.fish`,
	"completion zsh":  `  snellen completion zsh > "${fpath[1]}/_snellen"`,
	"dev":             `  snellen dev sagemaker`,
	"dev sagemaker": `  snellen dev sagemaker
  snellen dev sagemaker -- snellen apply cloud.hcl -auto-approve
  snellen dev sagemaker -fail capacity,stalled -dir objects`,
	"docs":          `  snellen docs spec`,
	"docs commands": `  snellen docs commands | less`,
	"docs spec":     `  snellen docs spec | less`,
	"explain": `  snellen explain 320x240/train
  snellen explain 320x240/train -run 20261123 -run last
  snellen explain 320x240/train -against snacks.lock.hcl`,
	"export": `  snellen export tensorboard logs`,
	"export bundle": `  snellen export bundle snacks.tar.gz
  snellen export bundle -check snacks.tar.gz`,
	"export dataset": `  snellen export dataset 320x240 pictures`,
	"export model": `  snellen export model 320x240 model
  snellen export model 320x240 model -replicate 2   # and then: python3 model/classify.py PICTURE.jpg`,
	"export mlflow": `  snellen export mlflow http://127.0.0.1:5000
  snellen export mlflow https://mlflow.example.com -experiment shelves`,
	"export tensorboard": `  snellen export tensorboard logs   # and then: tensorboard --logdir logs`,
	"fmt": `  snellen fmt
  snellen fmt -check -diff -recursive studies
  snellen fmt - < snacks.hcl`,
	"gc": `  snellen gc -dry-run
  snellen gc -older-than 30d
  snellen gc -max-size 20GB -auto-approve`,
	"graph": `  snellen graph | dot -Tsvg > study.svg
  snellen graph -format mermaid snacks.hcl`,
	"help": `  snellen help plan`,
	"init": `  snellen init
  snellen init -demo demo`,
	"logs": `  snellen logs 320x240/train
  snellen logs -f 320x240/train
  snellen logs 320x240/train -run 20261124T1942`,
	"lsp": `  snellen lsp`,
	"plan": `  snellen plan
  snellen plan snacks.hcl -var footage=clips -v
  snellen plan -target='320x240/**' -out snacks.plan`,
	"report": `  snellen report
  snellen report -format md > report.md
  snellen report -format html > report.html`,
	"show": `  snellen show snacks.plan
  snellen show -json snacks.plan`,
	"store":        `  snellen store stats`,
	"store stats":  `  snellen store stats`,
	"store verify": `  snellen store verify`,
	"runs": `  snellen runs
  snellen runs -limit 0 -json | jq 'select(.run.result == "failed")'`,
	"validate": `  snellen validate
  snellen validate -json snacks.hcl`,
	"verify": `  snellen verify
  snellen verify 320x240/train
  snellen verify '*/train' '*/evaluate/**' -parallelism 2`,
	"watch": `  snellen watch
  snellen watch -camera /dev/video2 -resolution 160x120
  snellen watch snacks.hcl -video shelf.mp4 -headless -record judged.mp4
  snellen watch -endpoint snacks-320x240 -evaluation shelf`,
	"version": `  snellen version
  snellen version -json`,
}
