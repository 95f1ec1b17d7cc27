internal import Basics
internal import Collectives
internal import Training

/// What the ranks of a job compare before a command begins.
enum JobFacts {
    /// The program, bit for bit, and the command.
    static var program: RankFacts {
        var facts = RankFacts()
        let command = CommandLine.arguments.dropFirst().prefix { !$0.hasPrefix("-") }.first ?? "none"
        facts.append("the command", command)
        facts.append("the program file", RankFacts.contentDigest("/proc/self/exe") ?? "unreadable")
        return facts
    }

    /// Also every argument, for commands that find all they do in them.
    static var programAndArguments: RankFacts {
        var facts = program
        var key = "argument"
        for argument in CommandLine.arguments.dropFirst() {
            guard argument.hasPrefix("--") else {
                facts.append(key, isOutput(key) ? FilePath.absolute(argument) : argument)
                continue
            }
            let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
            key = "option \(parts[0])"
            let value = parts.count > 1 ? parts[1] : "given"
            facts.append(key, parts.count > 1 && isOutput(key) ? FilePath.absolute(value) : value)
        }
        return facts
    }

    /// Whether an option names what is written: ranks that work in other folders would each write their share there.
    private static func isOutput(_ key: String) -> Bool {
        ["option --out", "option --report", "option --into", "option --output"].contains(key)
    }
}
