import Configuration
import DataLoading
import Mixing
import NN
import Testing
import Training
import _TestSupport

/// Loads YAML from a temporary file; data folders are set so that only the key under test is wrong.
private func load(_ yaml: String, _ overrides: String...) throws(ConfigurationError) -> RunConfiguration {
    let folder = TemporaryFolder()
    let base = """
        data:
          source: {root: a}
          target: {root: b}
        """
    folder.write(base, to: "base.yaml")
    let path = folder.write("extends: base.yaml\n" + yaml, to: "run.yaml")
    return try ConfigurationFile.load(path, overrides: overrides)
}

/// The error of loading, as printed, without the folder.
private func failure(_ yaml: String, _ overrides: String...) -> String {
    let folder = TemporaryFolder()
    let base = """
        data:
          source: {root: a}
          target: {root: b}
        """
    folder.write(base, to: "base.yaml")
    let path = folder.write("extends: base.yaml\n" + yaml, to: "run.yaml")
    do {
        _ = try ConfigurationFile.load(path, overrides: overrides)
        return "no error"
    } catch {
        return error.description.replacing(folder.path + "/", with: "")
    }
}

@Suite struct ConfigurationFileTests {
    @Test func measuresAreNamedOnceEach() {
        #expect(
            failure("evaluation: {measures: [semantic-io]}").contains(
                "evaluation.measures: expected one of semantic-iou, semantic-iou-without-crowds, panoptic, instance, "
                    + "instance-with-confidence, got 'semantic-io' (did you mean 'semantic-iou'?)"))
        #expect(
            failure("evaluation: {measures: []}").contains(
                "evaluation.measures: the list is empty; give one of semantic-iou, semantic-iou-without-crowds, "
                    + "panoptic, instance"))
        #expect(
            failure("evaluation: {measures: [semantic-iou, semantic-iou]}").contains(
                "evaluation.measures: a name stands twice; give each once"))
    }

    @Test func missingKeysKeepThePublishedDefaults() throws {
        let run = try load("seed: 7")
        #expect(run.seed == 7)
        #expect(run.optimizer.encoderLearningRate == 6e-5)
        #expect(run.training.batch == .global(images: 2))
        #expect(run.method == MethodConfiguration(SelfTraining()))
    }

    @Test func mapsMergeAndOverridesWin() throws {
        let run = try load("optimizer: {weightDecay: 0.5, eps: 1e-6}", "optimizer.weightDecay=0.25", "seed=3")
        #expect(run.optimizer.weightDecay == 0.25)
        #expect(run.optimizer.adam.eps == 1e-6)
        #expect(run.optimizer.headLearningRate == 6e-4)
        #expect(run.seed == 3)
    }

    @Test func aThresholdIsANumberOrAMap() throws {
        let mixing = "method: {kind: dacs, instanceMixing: {threshold: 0.9, from: 3}}\nmodel: {objects: mask-rcnn}"
        let written = "method.instanceMixing.threshold={kind: fixed, score: 0.9}"
        for run in [try load(mixing), try load(mixing, written)] {
            let method = try #require(run.method.method as? SelfTraining)
            #expect(method.instanceMixing?.threshold == .fixed(0.9))
            #expect(method.instanceMixing?.from == 3 && method.instanceMixing?.direction == .targetToSource)
            #expect(try ConfigurationFile.decode(yaml: run.resolvedYAML(), fileName: "resolved.yaml") == run)
        }
        #expect(
            failure(mixing, "method.instanceMixing.threshold=sure").contains(
                "method.instanceMixing.threshold.kind: expected one of fixed, automatic, got 'sure'"))
        #expect(
            failure(mixing, "method.instanceMixing.threshold=1.5").contains(
                "method.instanceMixing.threshold: a score is from 0 to 1, got 1.5"))
        #expect(
            failure(mixing, "method.instanceMixing.from=-1").contains(
                "method.instanceMixing.from: must be at least 0, got -1"))
    }

    /// What settings said before strategies had names, and checkpoints of then still say.
    @Test(arguments: [("true", MixingConfiguration.classMix), ("false", .none)])
    func theFormerKeyOfMixingIsUnderstood(value: String, mixing: MixingConfiguration) throws {
        let run = try load("method: {kind: dacs, classMix: \(value)}")
        let parameters = try #require(run.method.method as? SelfTraining)
        #expect(parameters.mixing == mixing)
        let written = run.resolvedYAML()
        #expect(written.contains("mixing:") && !written.contains("classMix"))
        let other = value == "true" ? "none" : "class-mix"
        let over = try load("method: {kind: dacs, mixing: \(other)}", "method.classMix=\(value)")
        #expect(over.method == run.method)
    }

    @Test func theSameChoiceKeepsParametersAndAnotherDropsThem() throws {
        let tuned = "method: {kind: dacs, emaDecay: 0.5}"
        let method = try load(tuned, "method=dacs", "method.pseudoThreshold=0.25").method
        guard let parameters = method.method as? SelfTraining else {
            Issue.record("expected dacs")
            return
        }
        #expect(parameters.emaDecay == 0.5)
        #expect(parameters.pseudoThreshold == 0.25)
        #expect(try load(tuned, "method=source-only").method == MethodConfiguration(SourceOnly()))
    }

    @Test func nullSwitchesAnOptionalSectionOff() throws {
        let yaml = "data: {rareClassSampling: {temperature: 0.5}}"
        #expect(try load(yaml).data.rareClassSampling?.temperature == 0.5)
        #expect(try load(yaml, "data.rareClassSampling=null").data.rareClassSampling == nil)
    }

    @Test func laterFilesOfAListWin() throws {
        let folder = TemporaryFolder()
        folder.write("seed: 1\nname: first\ndata: {source: {root: a}, target: {root: b}}", to: "first.yaml")
        folder.write("seed: 2", to: "second.yaml")
        let path = folder.write("extends: [first.yaml, second.yaml]", to: "run.yaml")
        let run = try ConfigurationFile.load(path)
        #expect(run.seed == 2)
        #expect(run.name == "first")
    }

    @Test func aResolvedFileReadsBackToTheSameRunAndHash() throws {
        let yaml = """
            name: "with: \\"quotes\\""
            data: {rareClassSampling: {minPixels: 9}, crop: {height: 300, width: 40}}
            evaluation: {inference: {kind: sliding, window: {height: 64, width: 64}, stride: {height: 32, width: 64}}}
            """
        let run = try load(yaml)
        let again = try ConfigurationFile.decode(yaml: run.resolvedYAML(), fileName: "resolved.yaml")
        #expect(again == run)
        #expect(again.stableHash == run.stableHash)
        #expect(try load("seed: 5").stableHash != run.stableHash)
    }
}

@Suite struct ConfigurationErrorTests {
    @Test func anUnknownKeyNamesItsPlaceAndTheNearestKey() {
        #expect(
            failure("optimizer:\n  wieghtDecay: 0.1")
                == "run.yaml:3: optimizer.wieghtDecay: unknown key; did you mean 'optimizer.weightDecay'?")
        #expect(
            failure("training:\n  colour: red")
                == "run.yaml:3: training.colour: unknown key; valid keys here: steps, batch")
    }

    @Test func anUnknownOverrideNamesTheCommandLine() {
        #expect(
            failure("", "optimiser.eps=1")
                == "--set optimiser.eps=1: optimiser: unknown key; did you mean 'optimizer'?")
        #expect(failure("", "seed").hasPrefix("--set seed: expected key.path=value"))
    }

    @Test func aWrongTypeSaysWhatWasExpectedAndGot() {
        #expect(failure("seed: red") == "run.yaml:2: seed: expected a whole number from 0 to 2^64 - 1, got 'red'")
        #expect(failure("training: {steps: 1.5}") == "run.yaml:2: training.steps: expected a whole number, got '1.5'")
        #expect(
            failure("training: {steps: \"10\"}")
                == "run.yaml:2: training.steps: expected a whole number, got the text \"10\"; write 10 without quotes")
        #expect(
            failure("data: {crop: 512}")
                == "run.yaml:2: data.crop: expected {height: …, width: …}, got '512'; write {height: 512, "
                + "width: 512}")
        #expect(failure("optimizer: {eps: nan}") == "run.yaml:2: optimizer.eps: expected a number, got 'nan'")
        #expect(
            failure("method: {classMix: yes}")
                == "run.yaml:2: method.classMix: expected true or false, got 'yes'; write true")
        #expect(failure("training: 3") == "run.yaml:2: training: expected a map of keys (steps, batch), got '3'")
    }

    @Test func aMistypedChoiceListsTheChoices() {
        #expect(
            failure("method: dac")
                == "run.yaml:2: method.kind: expected one of source-only, dacs, uda4inst, got 'dac' (did you mean 'dacs'?)"
        )
        #expect(
            failure("data: {onBadSample: skp}")
                == "run.yaml:2: data.onBadSample: expected one of stop, skip, got 'skp' (did you mean 'skip'?)")
    }

    @Test func aParameterOfAnotherChoiceIsUnknown() {
        #expect(
            failure("method: {kind: source-only, emaDecay: 0.9}")
                == "run.yaml:2: method.emaDecay: unknown key; valid keys here: kind, augmentation")
    }

    @Test func aNumberOutsideItsBoundsIsRefused() {
        #expect(
            failure("training: {steps: -1}")
                == "run.yaml:2: training.steps: must be at least 1, got -1")
        #expect(
            failure("training: {steps: 1000000000001}")
                == "run.yaml:2: training.steps: must be at most 1000000000000, got 1000000000001")
        #expect(failure("method: {emaDecay: 1.5}") == "run.yaml:2: method.emaDecay: must be from 0.0 to 1.0, got 1.5")
    }

    @Test func aMissingFolderOfDataIsNamed() throws {
        let folder = TemporaryFolder()
        let path = folder.write("data: {target: {root: b}}", to: "run.yaml")
        #expect { try ConfigurationFile.load(path) } throws: { "\($0)".hasSuffix("data.source.root: must be given") }
    }

    @Test func filesThatExtendEachOtherAreRefused() {
        let folder = TemporaryFolder()
        folder.write("extends: run.yaml", to: "other.yaml")
        let path = folder.write("extends: other.yaml", to: "run.yaml")
        #expect { try ConfigurationFile.load(path) } throws: { error in
            (error as? ConfigurationError)?.code == .extendsCycle
                && "\(error)".hasPrefix("\(folder.path)/other.yaml:1: extends: the files extend each other in a circle")
        }
    }

    @Test func aMissingFileIsNamedWithTheFileThatWantsIt() {
        #expect(
            failure("name: a", "seed=1") == "no error")
        let folder = TemporaryFolder()
        let path = folder.write("extends: gone.yaml", to: "run.yaml")
        #expect { try ConfigurationFile.load(path) } throws: { error in
            "\(error)" == "\(path):1: cannot read the configuration \(folder.path)/gone.yaml: "
                + "No such file or directory; check the path"
        }
        #expect { try ConfigurationFile.load(folder.path) } throws: { "\($0)".contains("is a folder, not a file") }
    }

    @Test func brokenYAMLIsOneLineWithTheFile() {
        let text = failure("training: [1,")
        #expect(text.hasPrefix("run.yaml:"))
        #expect(text.contains("not valid YAML"))
        #expect(!text.contains("\n"))
    }

    @Test func aKeyGivenTwiceIsRefused() {
        #expect(
            failure("name: a\nseed: 1\nseed: 2")
                .hasSuffix(": not valid YAML: 'seed' stands more than once in one map; keep one of them"))
    }
}
