/// The looks in which Toytown can be painted.
public enum ToytownDomain: String, Sendable, Codable, CaseIterable {
    /// Flat colours, clean edges, one light: a plain renderer. The usual source domain.
    case render
    /// Textures, other palette, changing light, lens and sensor: a photograph. The usual target domain.
    case camera
    /// `camera` behind haze that thickens with depth.
    case fog
    /// `camera` after dark, lit by lamps, headlights and windows.
    case night
    /// Colours, patterns, light, weather and lens drawn anew for every picture: what networks are pretrained on.
    case painted
}
