internal import ArgumentParser
internal import TextEncoders

/// Which files a tokenizer reads.
struct VocabularyOptions: ParsableArguments {
    @Option(help: "vocab.json of a CLIP tokenizer; needs --merges.")
    var vocab: String?

    @Option(help: "merges.txt of a CLIP tokenizer; needs --vocab.")
    var merges: String?

    @Option(help: "tokenizer.json of a CLIP tokenizer instead of the two.")
    var tokenizer: String?

    @Option(help: "OpenAI's bpe_simple_vocab_16e6.txt.gz instead of the two.")
    var bpe: String?

    @Option(help: "Tokens of the vocabulary that the file of --bpe is of, the two special ones included.")
    var vocabularySize = BytePairVocabulary.publishedTokenCount

    func validate() throws {
        let isPair = vocab != nil && merges != nil && tokenizer == nil && bpe == nil
        let isSingle = vocab == nil && merges == nil && (tokenizer == nil) != (bpe == nil)
        guard isPair || isSingle else {
            throw ValidationError("give either --vocab and --merges, or --tokenizer, or --bpe")
        }
        guard (BytePairVocabulary.fewestTokens + 1...Self.mostTokens).contains(vocabularySize) else {
            throw ValidationError(
                "--vocabulary-size must be from \(BytePairVocabulary.fewestTokens + 1) to \(Self.mostTokens)")
        }
    }

    private static let mostTokens = 1 << 20

    /// The tokenizer, which resolves HTML references as OpenAI's does where the vocabulary is OpenAI's file.
    func open() throws -> CLIPTokenizer {
        if let tokenizer { return CLIPTokenizer(try .tokenizer(tokenizer)) }
        if let bpe {
            return CLIPTokenizer(try .openAI(bpe, tokenCount: vocabularySize), cleaning: .unescapingHTML)
        }
        return CLIPTokenizer(try .huggingFace(vocab: vocab ?? "", merges: merges ?? ""))
    }
}
