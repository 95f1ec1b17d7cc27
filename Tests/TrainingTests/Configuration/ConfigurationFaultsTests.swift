import Configuration
import Testing
import Training
import _TestSupport

/// All that is wrong with a setting, a line each, without the folder.
private func faults(_ yaml: String, _ overrides: String...) -> [String] {
    let folder = TemporaryFolder()
    let path = folder.write(yaml, to: "run.yaml")
    do {
        _ = try ConfigurationFile.load(path, overrides: overrides)
        return []
    } catch {
        let lines = error.description.replacing(folder.path + "/", with: "").split(separator: "\n").map(String.init)
        guard lines.count > 1 else { return lines }
        #expect(lines[0] == "\(lines.count - 1) faults in the setting:")
        return lines.dropFirst().map { String($0.trimmingPrefix("  ")) }
    }
}

@Suite struct ConfigurationFaultsTests {
    @Test func allFaultsOfASettingAreToldAtOnceInTheOrderOfTheirLines() {
        let found = faults(
            """
            name: a
            optimizer: {wieghtDecay: 1, eps: small}
            data:
              crop: [128, 256]
              target: {root: b}
              flipProbability: 2
            training:
              steps: 4e2
              batch: {kind: globl}
            schedule: {warmupSteps: 100000}
            """, "log.every=0")
        let beginnings = [
            "run.yaml:4: data.source.root: must be given",
            "run.yaml:2: optimizer.wieghtDecay: unknown key; did you mean 'optimizer.weightDecay'?",
            "run.yaml:2: optimizer.eps: expected a number, got 'small'",
            "run.yaml:4: data.crop: expected {height: …, width: …}, got a list of 2; write {height: 128, width: 256}",
            "run.yaml:6: data.flipProbability: must be from 0.0 to 1.0, got 2.0",
            "run.yaml:8: training.steps: expected a whole number, got '4e2'; write 400",
            "run.yaml:9: training.batch.kind: expected one of global, per-student, got 'globl' (did you mean 'global'?)",
            "run.yaml:10: schedule.warmupSteps: a warm-up of 100000 steps is longer than the run of 40000",
            "--set log.every=0: log.every: must be at least 1, got 0",
        ]
        #expect(found.count == beginnings.count)
        for beginning in beginnings { #expect(found.contains { $0.hasPrefix(beginning) }, "\(beginning) in \(found)") }
        let lines = found.compactMap { $0.hasPrefix("run.yaml:") ? Int($0.split(separator: ":")[1]) : nil }
        #expect(lines == lines.sorted())
    }

    /// A default in place of a wrong value must not be blamed.
    @Test func whatLiesInAFaultIsNotToldAgain() {
        let found = faults(
            """
            data:
              source: {root: a, resize: {height: 64, width: 64}}
              target: {root: b}
              crop: {height: x, width: 64}
            """)
        #expect(found.count == 1 && found[0].hasPrefix("run.yaml:4: data.crop.height: expected a whole number"))
        let other = faults(
            """
            data:
              source: {root: a, resize: {height: 64, width: 64}}
              target: {root: b}
              crops: {height: 64, width: 64}
            """)
        #expect(other.contains { $0.contains("data.crops: unknown key; did you mean 'data.crop'?") })
        #expect(other.contains { $0.hasSuffix("(as far as can be told before the other faults are mended)") })
    }

    @Test(arguments: ["", "# nothing\n", "name: a\n"])
    func aMissingFolderNamesFileLineAndKey(yaml: String) {
        #expect(faults(yaml).contains("run.yaml:1: data.source.root: must be given"))
        // As it is where a key of the file is changed from the command line.
        #expect(faults(yaml, "training.steps=3000").contains("run.yaml:1: data.source.root: must be given"))
    }

    @Test(arguments: [
        ("data: {crop: 512}", "data.crop: expected {height: …, width: …}, got '512'; write {height: 512, width: 512}"),
        ("data: {crop: 64x128}", "got '64x128'; write {height: 64, width: 128}"),
        ("data: {crop: [64]}", "data.crop: expected {height: …, width: …}, got a list of 1"),
        ("training: 3", "training: expected a map of keys (steps, batch), got '3'"),
        ("log: {every: [3]}", "log.every: expected a whole number, got a list of 1; write 3"),
        ("log: {every: '3'}", "log.every: expected a whole number, got the text \"3\"; write 3 without quotes"),
        ("log: {tensorBoard: yes}", "log.tensorBoard: expected true or false, got 'yes'; write true"),
        ("log: {tensorBoard: False}", "log.tensorBoard: expected true or false, got 'False'; write false"),
        ("training: {steps: 40_000}", "training.steps: expected a whole number, got '40_000'; write 40000"),
        (
            "training: {steps: 99999999999999999999}",
            "training.steps: expected a whole number, got '99999999999999999999', "
                + "which is too large"
        ),
        ("optimizer: {eps: .inf}", "optimizer.eps: expected a number, got '.inf'"),
        ("optimizer: {eps: nan}", "optimizer.eps: expected a number, got 'nan'"),
        ("optimizer: {beta1: 1e999}", "optimizer.beta1: expected a number, got '1e999', which is too large"),
        ("data: {group: car}", "data.group: expected a list, got 'car'; write [car]"),
        ("method: [dacs]", "method: expected one of source-only, dacs, uda4inst, or a map of keys"),
        ("data: {source: {also: {root: c}}}", "data.source.also: expected a list of maps, got a map"),
        ("data: {source: {also: [c]}}", "data.source.also[0]: expected a map of keys"),
    ])
    func theFormThatIsMeantIsShown(yaml: String, text: String) {
        let found = faults(yaml)
        #expect(found.contains { $0.hasPrefix("run.yaml:1: ") && $0.contains(text) }, "\(found)")
    }

    @Test(arguments: [
        ("lr: 0.1", "lr: unknown key; did you mean 'optimizer.encoderLearningRate' and 'optimizer.headLearningRate'?"),
        ("optimizer: {lr: 0.1}", "optimizer.lr: unknown key; did you mean 'optimizer.encoderLearningRate' and"),
        ("optimizer: {learning_rate: 0.1}", "did you mean 'optimizer.encoderLearningRate' and"),
        ("optimizer: {weight_decay: 0.1}", "did you mean 'optimizer.weightDecay'?"),
        ("max_iters: 3", "max_iters: unknown key; did you mean 'training.steps'?"),
        ("training: {max-iters: 3}", "training.max-iters: unknown key; did you mean 'training.steps'?"),
        ("training: {epochs: 3}", "did you mean 'training.steps'? It counts steps"),
        ("batch_size: 4", "did you mean 'training.batch'? It is {kind: global, images: N}"),
        ("training: {samples_per_gpu: 4}", "did you mean 'training.batch'? It is {kind: per-student, images: N}"),
        ("model: {num_classes: 4}", "the classes are those of 'labelSpace'"),
        ("crop_size: [3, 4]", "did you mean 'data.crop'?"),
        ("_base_: x.yaml", "did you mean 'extends'?"),
        ("crop: {height: 3, width: 4}", "crop: unknown key; did you mean 'data.crop'?"),
        ("steps: 3", "steps: unknown key; did you mean 'training.steps'?"),
        ("training: {crop: {height: 3, width: 4}}", "valid keys here: steps, batch; there is 'data.crop'"),
        ("work_dir: out", "results lie where `causeway train --out` says"),
    ])
    func keysOfOtherProgramsAreTranslated(yaml: String, text: String) {
        let found = faults(yaml)
        #expect(found.contains { $0.hasPrefix("run.yaml:1: ") && $0.contains(text) }, "\(found)")
    }

    @Test func impossibleCombinationsAreToldTogether() {
        let found = faults(
            """
            data:
              source: {root: a, beta: 0.01}
              target: {root: b, domain: camera, heldOut: 3}
              crop: {height: 16, width: 64}
            method: source-only
            training: {steps: 10}
            evaluation:
              measures: [panoptic]
            """)
        for text in [
            "run.yaml:2: data.source.beta: only Foggy Cityscapes", "run.yaml:3: data.target.domain: only Toytown",
            "run.yaml:3: data.target.heldOut: cityscapes is not published", "run.yaml:4: data.crop: a crop of 16x64",
            "run.yaml:8: evaluation.measures: panoptic scores objects", "schedule.warmupSteps: a warm-up of 1500",
        ] { #expect(found.contains { $0.hasPrefix(text) || $0.contains(text) }, "\(text) in \(found)") }
        #expect(found.count == 6)
    }

    /// A list as long as a file does not hide the first faults.
    @Test func notMoreFaultsThanAnybodyReadsAreTold() {
        let found = faults((0..<5000).map { "key\($0): 1\n" }.joined())
        #expect(found.count == 101 && found.last?.hasSuffix("more") == true)
    }
}
