//! What the disk keeps when the power is cut.

use super::super::tests::dice;
use super::*;

#[test]
fn what_is_synced_survives_a_power_cut_and_what_is_not_may_not() {
    let (mut kept, mut lost) = (0, 0);
    for seed in 0..40 {
        let disk = SimDisk::new(dice(seed));
        let mut file = disk.open("a", Access::Create).unwrap();
        file.write_at(b"one", 0).unwrap();
        file.sync().unwrap();
        Disk::sync(&disk).unwrap();
        file.write_at(b"two", 600).unwrap();
        disk.cut_power();
        let mut found = [0; 3];
        assert_eq!(file.read_at(&mut found, 0).unwrap(), 3);
        assert_eq!(&found, b"one");
        let some = file.read_at(&mut found, 600).unwrap();
        if some == 3 && &found == b"two" { kept += 1 } else { lost += 1 }
    }
    assert!(kept > 5 && lost > 5, "{kept} kept, {lost} lost");
}

#[test]
fn a_death_in_the_middle_ends_everything_until_the_next_process() {
    let disk = SimDisk::new(dice(1));
    let mut file = disk.open("a", Access::Create).unwrap();
    disk.revive(Some((1, Trouble::Death)));
    file.write_at(b"one", 0).unwrap();
    assert!(file.sync().is_err() && file.write_at(b"two", 0).is_err());
    assert_eq!((disk.struck().all(), disk.struck().deaths, disk.is_dead()), (1, 1, true));
    disk.revive(None);
    file.write_at(b"two", 0).unwrap();
}
