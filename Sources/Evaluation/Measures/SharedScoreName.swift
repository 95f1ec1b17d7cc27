/// A name that two measures give to a score: logs and tables could hold one of them only.
package struct SharedScoreName: Equatable {
    package let name: String
    package let measures: [String]

    /// The first such name; nil where there is none.
    ///
    /// - Parameter measures: nothing needs to be measured yet.
    package init?(among measures: [any Measure]) {
        var owners: [String: String] = [:]
        for measure in measures {
            let own = type(of: measure).name
            for name in measure.scores.names {
                if let other = owners.updateValue(own, forKey: name) {
                    self.name = name
                    self.measures = [other, own]
                    return
                }
            }
        }
        return nil
    }
}

extension MeasureScores {
    /// Every name that stands before a value, or before the name of a class.
    fileprivate var names: [String] { [headline.key] + others.map(\.key) + classes.map(\.key) }
}
