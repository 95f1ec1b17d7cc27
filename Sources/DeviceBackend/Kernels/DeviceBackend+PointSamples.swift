package import DeviceSeam

extension DeviceBackend {
    package func samplePoints(_ maps: FloatArray, _ table: PointTable, into samples: FloatArray) {
        context.launch(
            "sample_points", each: samples.count,
            [
                maps, table.points, uploaded(table.maps), samples, maps.shape[1], maps.shape[2],
                max(1, table.pointsPerRow), table.rowStride, samples.count,
            ])
    }

    package func samplePointsGradient(_ upstream: FloatArray, _ table: PointTable, into gradient: FloatArray) {
        let maps = gradient.shape[0]
        let shares = shares(of: table.pointsPerRow, meetingIn: gradient.count)
        gather(shares, into: gradient) { partial in
            context.launch(
                "sample_points_gradient", each: shares * maps,
                [
                    upstream, table.points, uploaded(table.maps), partial, gradient.shape[1], gradient.shape[2],
                    table.pointsPerRow, table.rowStride, table.maps.count, maps, shares, shares * maps,
                ])
        }
    }
}
