namespace WaOperator.Resources.Tests.Readers;

/// <summary>A resource with fields that are used, and others that only seem to be.</summary>
internal sealed record Sample
{
    public int Read { get; init; }
    public int ReadInClosure { get; init; }
    public int ReadAfterWaiting { get; init; }
    public int Checked { get; init; }
    public int CheckedInClosure { get; init; }
    public int NeverRead { get; init; }
    public int ReadByWhatNeverRuns { get; init; }
    public int Written { get; init; }
    public int WrittenByWhatNeverRuns { get; init; }
}

/// <summary>A program that works on it.</summary>
internal static class SampleProgram
{
    public static async Task<string> RunAsync()
    {
        var sample = new Sample { Written = 1 };
        SampleValidation.Validate(sample);
        IEnumerable<int> numbers = [sample.Read];
        await Task.Yield();
        var copy = sample with { };
        return $"{copy} {copy.GetHashCode()} {sample.ReadAfterWaiting} {numbers.Count(n => n == sample.ReadInClosure)}";
    }

    public static Sample Never(Sample sample) =>
        new() { WrittenByWhatNeverRuns = sample.ReadByWhatNeverRuns };
}

internal static class SampleValidation
{
    public static void Validate(Sample sample)
    {
        var check = new Checker();
        check.Number("checked", sample.Checked, 0, 1);
        check.List<int>(
            "closure",
            [1],
            1,
            null,
            (path, most) => check.Number(path, sample.CheckedInClosure, 0, most)
        );
    }
}
