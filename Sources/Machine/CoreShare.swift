public import Collectives

/// How the cores of a node are shared by the ranks on it.
public struct CoreShare: Sendable, Equatable {
    /// Cores this rank may run on.
    public let ownCores: Int
    /// Cores that at least one rank of the node may run on.
    public let nodeCores: Int
    /// Ranks on the node.
    public let nodeRanks: Int
    /// This rank among them.
    public var nodeRank = 0
    /// Cores' worth of time that the container allows to all of them; nil without a limit.
    public let coreLimit: Double?

    public init(ownCores: Int, nodeCores: Int, nodeRanks: Int, coreLimit: Double?) {
        self.ownCores = ownCores
        self.nodeCores = nodeCores
        self.nodeRanks = nodeRanks
        self.coreLimit = coreLimit
    }

    /// Asks the ranks of this node what they were bound to. Collective over `world`.
    public init(of world: any ProcessGroup) throws(CollectiveError) {
        let own = Self.affinityMask()
        let node = try world.nodeGroup()
        let masks = try node.allGather(own)
        self.init(
            ownCores: Self.count(own), nodeCores: Self.count(Self.union(masks)), nodeRanks: masks.count,
            coreLimit: ControlGroup.coreLimit)
        nodeRank = node.rank
    }

    /// Threads for this rank, so that those of all ranks fit the cores: an even share of the node's cores, at most what
    /// this rank may run on, at least one.
    public var threads: Int {
        let usable = coreLimit.map { min(nodeCores, max(1, Int($0))) } ?? nodeCores
        return max(1, min(ownCores, usable / nodeRanks))
    }

    /// Whether there are more ranks than cores.
    public var isOversubscribed: Bool { Double(nodeRanks) > min(Double(nodeCores), coreLimit ?? .infinity) }

    /// One bit a core, four bits an element, as `/proc` lists them; of equal length on all ranks of a node.
    private static func affinityMask() -> [UInt8] {
        let lines = SystemFile.text("/proc/self/status")?.split(separator: "\n") ?? []
        let line = lines.first { $0.hasPrefix("Cpus_allowed:") }
        return mask(hexadecimal: line?.split(separator: "\t").last ?? "1")
    }

    /// `3,0000000f` as `[3, 0, 0, 0, 0, 0, 0, 0, 15]`.
    package static func mask(hexadecimal text: Substring) -> [UInt8] {
        text.compactMap { $0.hexDigitValue.map(UInt8.init) }
    }

    package static func union(_ masks: [[UInt8]]) -> [UInt8] {
        masks.dropFirst().reduce(masks.first ?? []) { zip($0, $1).map { $0 | $1 } }
    }

    package static func count(_ mask: [UInt8]) -> Int { mask.reduce(0) { $0 + $1.nonzeroBitCount } }
}
