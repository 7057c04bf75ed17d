// Parts of one run, joined: nextflow run examples/workflows/main.nf --study $PWD/examples/denosumab_vs_alendronate.toml
// The hash of the joined run is that of a run in one go.
params.study = "$projectDir/../denosumab_vs_alendronate.toml"
params.parts = 4
process part { input: val k
  output: path "part-${k}"
  script: "osteon run ${params.study} --part ${k}/${params.parts} --batch 100 --out part-${k}" }
process joined { publishDir "runs"
  input: path parts
  output: path "joined"
  script: "osteon join joined ${parts}" }
workflow { Channel.of(1..params.parts) | part | collect | joined }
