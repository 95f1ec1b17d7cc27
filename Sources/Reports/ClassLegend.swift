package import Datasets
package import ImageIO

/// The colours of classes with their names.
package enum ClassLegend {
    package static func grid(_ space: LabelSpace) -> ImageGrid {
        var grid = ImageGrid(columnCount: 5)
        for entry in space.classes {
            grid.add(RGBImage(height: 24, width: 160, color: entry.color), caption: entry.name)
        }
        grid.add(RGBImage(height: 24, width: 160, color: .zero), caption: "ignored")
        return grid
    }
}
