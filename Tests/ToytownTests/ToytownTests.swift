import Annotations
import Datasets
import ImageIO
import Testing
import Toytown
import _TestSupport

@Suite struct ToytownTests {
    private let generator = ToytownGenerator(options: .init(seed: 3, height: 96, width: 192))

    @Test(arguments: ToytownDomain.allCases)
    func samePictureFromSameSeed(domain: ToytownDomain) {
        let scene = generator.makeScene(5, split: .train, domain: domain)
        let again = ToytownGenerator(options: generator.options).makeScene(5, split: .train, domain: domain)
        #expect(scene == again)
        #expect(generator.paint(scene, domain: domain) == generator.paint(again, domain: domain))
    }

    @Test func sceneDependsOnSeedSplitDomainAndIndex() {
        let scene = generator.makeScene(1, split: .train, domain: .camera)
        let otherSeed = ToytownGenerator(options: .init(seed: 4, height: 96, width: 192))
        #expect(scene != otherSeed.makeScene(1, split: .train, domain: .camera))
        #expect(scene != generator.makeScene(1, split: .val, domain: .camera))
        #expect(scene != generator.makeScene(1, split: .train, domain: .render))
        #expect(scene != generator.makeScene(2, split: .train, domain: .camera))
    }

    @Test func domainsPaintTheSameLabelsOfOneScene() {
        let scene = generator.makeScene(0, split: .train, domain: .camera)
        let pictures = ToytownDomain.allCases.map { generator.paint(scene, domain: $0) }
        for picture in pictures.dropFirst() {
            #expect(picture.labels == pictures[0].labels)
            #expect(picture.instances == pictures[0].instances)
            #expect(picture.image != pictures[0].image)
        }
    }

    /// 40 scenes are the smallest set that a demo trains on.
    @Test(arguments: ToytownDomain.allCases)
    func everyClassOccursInFortyScenes(domain: ToytownDomain) throws {
        var scenesWithClass = [Int](repeating: 0, count: 19)
        for index in 0..<40 {
            let picture = generator.paint(generator.makeScene(index, split: .train, domain: domain), domain: domain)
            let trainIDs = try LabelEncoding(.labelIDs, of: .cityscapes19).trainIDs(
                of: picture.labels, file: "scene \(index)")
            for trainID in Set(trainIDs.pixels) { scenesWithClass[Int(trainID)] += 1 }
        }
        for (trainID, count) in scenesWithClass.enumerated() {
            #expect(count >= 8, "\(LabelSpace.cityscapes19.classNames[trainID]) is in \(count) of 40 scenes")
        }
    }

    @Test(arguments: ToytownDomain.allCases)
    func instanceIDsBelongToTheirLabels(domain: ToytownDomain) {
        for index in 0..<6 {
            let picture = generator.paint(generator.makeScene(index, split: .val, domain: domain), domain: domain)
            let isConsistent = zip(picture.labels.pixels, picture.instances.pixels).allSatisfy { label, instance in
                label >= 24 ? instance / 1000 == UInt16(label) : instance == UInt16(label)
            }
            #expect(isConsistent)
        }
    }

    @Test func withoutAGapTheCameraSharesTheRenderersColours() {
        // Texture, light, palette and colour cast off: what is left is lens, sensor and JPEG.
        let plain = ToytownGenerator(
            options: .init(
                seed: 3, height: 96, width: 192,
                gap: DomainGap(palette: 0, whiteBalance: 0, light: 0, texture: 0)))
        let scene = plain.makeScene(0, split: .train, domain: .render)
        let without = difference(plain.paint(scene, domain: .render).image, plain.paint(scene, domain: .camera).image)
        let with = difference(
            generator.paint(scene, domain: .render).image, generator.paint(scene, domain: .camera).image)
        #expect(without < 20)
        #expect(with > 2 * without)
    }

    @Test func oddSizesArePainted() {
        let odd = ToytownGenerator(options: .init(seed: 1, height: 33, width: 61))
        let picture = odd.paint(odd.makeScene(0, split: .train, domain: .camera), domain: .camera)
        #expect(picture.image.height == 33 && picture.image.width == 61)
        #expect(picture.labels.height == 33 && picture.instances.width == 61)
    }

    /// Mean absolute difference of two pictures' values.
    private func difference(_ a: RGBImage, _ b: RGBImage) -> Double {
        let sum = zip(a.pixels, b.pixels).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
        return Double(sum) / Double(a.pixels.count)
    }
}

@Suite struct ToytownWriterTests {
    private let generator = ToytownGenerator(options: .init(seed: 3, height: 48, width: 96))

    @Test func whatIsWrittenReadsBackAsCityscapes() throws {
        let folder = TemporaryFolder()
        try ToytownWriter(generator: generator, root: folder.path)
            .write(.init(trainCount: 3, valCount: 1, domains: [.render]))
        let dataset = try DatasetRegistry.open(
            .toytown, root: folder.path, split: .train, options: .init(domain: .render))
        #expect(dataset.samples.map(\.name) == ["toytown_000000", "toytown_000001", "toytown_000002"])
        let picture = generator.paint(generator.makeScene(2, split: .train, domain: .render), domain: .render)
        #expect(try dataset.loadImage(2) == picture.image)
        let annotation = try dataset.loadAnnotation(2)
        #expect(annotation.objects?.isEmpty == false && dataset.lacksObjects == nil)
        #expect(
            try annotation.objects
                == InstanceIDs(LabelEncoding(.labelIDs, of: .cityscapes19)).objects(
                    in: picture.instances, file: "painted"
                )
                .objects)
        #expect(
            try dataset.loadLabels(2)
                == LabelEncoding(.labelIDs, of: .cityscapes19).trainIDs(of: picture.labels, file: "painted"))
        #expect(
            try DatasetRegistry.open(.toytown, root: folder.path, split: .val, options: .init(domain: .render)).count
                == 1)
    }

    @Test func filesDoNotDependOnTheThreadCount() throws {
        let (one, three) = (TemporaryFolder(), TemporaryFolder())
        let plan = ToytownWriter.Plan(trainCount: 5, valCount: 0, domains: [.camera])
        try ToytownWriter(generator: generator, root: one.path).write(plan, threadCount: 1)
        try ToytownWriter(generator: generator, root: three.path).write(plan, threadCount: 3)
        for index in 0..<5 {
            let images = try [one, three].map { folder in
                try DatasetRegistry.open(.toytown, root: folder.path, split: .train, options: .init(domain: .camera))
                    .loadImage(index)
            }
            #expect(images[0] == images[1])
        }
    }

    @Test func domainMustBeNamed() throws {
        let error = try #require(throws: DatasetError.self) {
            _ = try DatasetRegistry.open(.toytown, root: "t", split: .train)
        }
        #expect(error.code == .unsupportedOption)
        #expect(error.message == "t: Toytown needs a domain; set it to one of render, camera, fog, night, painted")
    }

    @Test func unwritableRootIsNamed() throws {
        let folder = TemporaryFolder()
        folder.write("", to: "file")
        let writer = ToytownWriter(generator: generator, root: "\(folder.path)/file")
        let error = try #require(throws: DatasetError.self) {
            try writer.write(.init(trainCount: 1, valCount: 0, domains: [.render]))
        }
        #expect(error.code == .notWritable)
        #expect(error.message.hasSuffix("the folder cannot be made; check the permissions of \(folder.path)/file"))
    }
}
