/// Keys that other programs of this kind have, and what they are called here.
///
/// People bring settings of mmsegmentation, detectron2 and scripts of their own: a key of these is no slip of the pen,
/// and the nearest name would mislead.
enum ForeignKeys {
    /// What to write in place of a key that nothing asked for; nil where no other program is known to have it.
    static func remedy(_ key: String) -> String? { table[NearestName.plain(key)] }

    private static let table: [String: String] = {
        var table: [String: String] = [:]
        for (names, remedy) in groups {
            for name in names.split(separator: " ") { table[String(name)] = remedy }
        }
        return table
    }()

    /// Names in small letters without `_` and `-`.
    private static let groups: [(names: String, remedy: String)] = [
        (
            "lr learningrate baselr initiallr initlr maxlr optimizerlr",
            "did you mean 'optimizer.encoderLearningRate' and 'optimizer.headLearningRate'?"
        ),
        ("lrmult headlr decoderlr", "did you mean 'optimizer.headLearningRate'?"),
        ("backbonelr encoderlr", "did you mean 'optimizer.encoderLearningRate'?"),
        ("wd weightdecay l2", "did you mean 'optimizer.weightDecay'?"),
        ("betas momentum", "did you mean 'optimizer.beta1' and 'optimizer.beta2'?"),
        ("gradclip clipgrad clipgradnorm gradclipnorm maxgradnorm maxnorm", "did you mean 'optimizer.clipNorm'?"),
        ("optim optimizertype", "there is one optimiser, AdamW; its numbers are in 'optimizer'"),
        (
            "maxiters maxiter iterations iters niters numiters numiterations totaliters totalsteps numsteps nsteps maxsteps "
                + "trainsteps", "did you mean 'training.steps'?"
        ),
        (
            "epochs epoch maxepochs maxepoch numepochs nepochs totalepochs",
            "did you mean 'training.steps'? It counts steps: epochs times images, divided by images a step"
        ),
        (
            "batchsize globalbatchsize imsperbatch trainbatchsize batch bs",
            "did you mean 'training.batch'? It is {kind: global, images: N}"
        ),
        (
            "samplespergpu batchsizepergpu imspergpu perdevicebatchsize",
            "did you mean 'training.batch'? It is {kind: per-student, images: N}"
        ),
        (
            "numclasses nclasses nclass classcount",
            "the classes are those of 'labelSpace', which is named or given as a file"
        ),
        ("ignoreindex ignorelabel ignoreids", "what is ignored is said in the file of 'labelSpace', by its key ignore"),
        ("classnames palette", "classes with their colours are said in a file, which 'labelSpace' names"),
        (
            "numworkers nworkers workers workerspergpu numthreads",
            "did you mean 'data.prefetchThreads' (files), or "
                + "'engine.threads' (computing)?"
        ),
        ("cropsize inputsize patchsize", "did you mean 'data.crop'? It is {height: …, width: …}"),
        (
            "imagesize imgsize imgscale imagescale resizesize baseshape",
            "did you mean 'resize' of a data set, such as data.source.resize, or 'data.crop'? Both are {height: …, width: …}"
        ),
        (
            "dataroot datadir datapath rootdir datasetroot datafolder",
            "did you mean 'data.source.root'? Each data set has its own"
        ),
        ("imgdir imagedir imagesdir imgpath", "did you mean 'images' of a data set, such as data.source.images?"),
        (
            "anndir labeldir labelsdir maskdir annotations gt",
            "did you mean 'labels' of a data set, such as data.source.labels?"
        ),
        ("imgsuffix segmapsuffix labelsuffix", "did you mean 'suffix' of a data set, {image: …, label: …}?"),
        ("datasettype", "did you mean 'kind' of a data set, such as data.source.kind?"),
        ("trainset sourcedomain sourcedataset trainds", "did you mean 'data.source'?"),
        ("targetdomain targetdataset unlabeled unlabelled", "did you mean 'data.target'?"),
        ("valset validation valdataset testset test val", "did you mean 'evaluation.dataset'?"),
        ("fliplr randomflip hflip flipratio flipprob", "did you mean 'data.flipProbability'?"),
        ("rcs raresampling rareclasssample", "did you mean 'data.rareClassSampling'?"),
        ("backbone encodername", "did you mean 'model.encoder'?"),
        ("decodehead head segmentor architecture arch", "did you mean 'model.decoder', or 'model.objects'?"),
        (
            "pretrained pretrain loadfrom initfrom checkpointpath ckpt weightspath initcheckpoint pretrainedweights",
            "did you mean 'model.weights'?"
        ),
        ("resumefrom autoresume", "a run goes on with `causeway train --resume`"),
        ("droprate dropoutratio", "did you mean 'model.decoder.dropout'?"),
        ("droppathrate stochasticdepth", "did you mean 'model.encoder.dropPath'?"),
        ("warmup warmupiters warmupepochs", "did you mean 'schedule.warmupSteps'?"),
        (
            "lrconfig lrscheduler scheduler policy lrpolicy",
            "did you mean 'schedule'? It falls as a power of what is left"
        ),
        ("lrdecay polypower", "did you mean 'schedule.power'?"),
        ("ema emaalpha alphateacher emamomentum", "did you mean 'method.emaDecay'?"),
        ("threshold tau confidencethreshold confthresh", "did you mean 'method.pseudoThreshold'?"),
        ("uda algorithm approach trainer", "did you mean 'method'?"),
        ("gpus ngpus numgpus gpuids worldsize nproc", "ranks are started by `launch/mpirun -n N`"),
        ("device cuda usecuda gpu", "there is nothing to choose: the program computes on what it is built for"),
        ("amp fp16 bf16 mixedprecision halfprecision autocast", "did you mean 'engine.precision'? It is fp32, tf32 or bf16"),
        (
            "outputdir outdir workdir savedir logdir savepath expdir",
            "results lie where `causeway train --out` says"
        ),
        (
            "evalinterval valinterval evalevery evaluationinterval testinterval evalfreq",
            "did you mean 'evaluation.every'?"
        ),
        (
            "checkpointinterval saveinterval saveevery savefreq saveperiod checkpointperiod",
            "did you mean 'checkpoint.every'?"
        ),
        ("maxkeepckpts savetotallimit", "did you mean 'checkpoint.keep'?"),
        ("loginterval printfreq logevery logfreq", "did you mean 'log.every'?"),
        ("tensorboard usetensorboard tb", "did you mean 'log.tensorBoard'?"),
        ("randomseed manualseed rngseed", "did you mean 'seed'?"),
        ("base include includes inherits defaults parent", "did you mean 'extends'?"),
        ("experimentname expname runname", "did you mean 'name'?"),
    ]
}
