/// The tokenizer of CLIP (arXiv:2103.00020): lower-case, split into words, bytes of each word merged by rank.
///
/// Gives the ids that `CLIPTokenizer` of transformers gives, without a limit of length.
///
///     var tokenizer = CLIPTokenizer(try .openAI("bpe_simple_vocab_16e6.txt.gz"))
///     tokenizer.ids(of: "a painting of a cat")     // 49406 320 3086 539 320 2368 49407
public struct CLIPTokenizer {
    /// How texts are cleaned before they are split.
    public enum Cleaning: Sendable {
        /// Canonical composition, runs of white space to one blank, lower case: as transformers does.
        case standard
        /// The same after HTML character references are resolved twice, which OpenAI's own code does. That code also
        /// repairs wrongly decoded text with `ftfy`; that is not done here.
        case unescapingHTML
    }

    /// Words remembered with their ids; more are encoded afresh each time.
    private static let largestCache = 1 << 18

    public let vocabulary: BytePairVocabulary
    private let cleaning: Cleaning
    private var cache: [[UInt8]: [Int32]] = [:]

    public init(_ vocabulary: BytePairVocabulary, cleaning: Cleaning = .standard) {
        self.vocabulary = vocabulary
        self.cleaning = cleaning
    }

    /// The ids of a text, between those of start-of-text and end-of-text.
    public mutating func ids(of text: String) -> [Int32] {
        var result = [vocabulary.startOfText]
        for part in SpecialTokens.split(Array(text.unicodeScalars)) {
            switch part {
            case .startOfText: result.append(vocabulary.startOfText)
            case .endOfText: result.append(vocabulary.endOfText)
            case .text(let scalars):
                let clean = TextCleaning.cleaned(scalars, unescapingHTML: cleaning == .unescapingHTML)
                for word in WordSplitter.words(clean) { result += ids(ofWord: word) }
            }
        }
        result.append(vocabulary.endOfText)
        return result
    }

    private mutating func ids(ofWord word: [UInt8]) -> [Int32] {
        if let known = cache[word] { return known }
        let ids = BytePairEncoder.ids(of: word, vocabulary)
        if cache.count < Self.largestCache { cache[word] = ids }
        return ids
    }
}
