internal import ArgumentParser
internal import FoundationEssentials
internal import TextEncoders

/// `causeway tokenize`: prints the token ids of texts, to compare with other tokenizers.
struct TokenizeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokenize",
        abstract: "Prints CLIP's token ids of each line of standard input.",
        discussion: """
            One line of output for each of input: ids separated by blanks, start-of-text and end-of-text included,
            however many there are. The text tower takes 77 at most.
            """)

    @OptionGroup var vocabulary: VocabularyOptions

    /// Lines whose output is written together.
    private static let block = 1000

    func run() throws {
        var tokenizer = try vocabulary.open()
        var output = ""
        var number = 0
        while let line = readLine(strippingNewline: false) {
            number += 1
            output += tokenizer.ids(of: line).map(String.init).joined(separator: " ") + "\n"
            if number % Self.block == 0 {
                print(output, terminator: "")
                output = ""
            }
        }
        print(output, terminator: "")
    }
}
